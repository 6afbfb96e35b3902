"""The demo city as data: complete, consistent, the same from the same seed."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from random import Random

import pytest
import yaml
from stdnum.cn import uscc

from xiangling.config.demo_city.camera import jpeg
from xiangling.config.demo_city.model import CityPlan, FindingPlan
from xiangling.config.demo_city.pace import CHINA, is_holiday, is_working_day
from xiangling.config.demo_city.photos import SCENES, draw_photo
from xiangling.config.demo_city.plan import plan
from xiangling.config.demo_city.route import STEPS
from xiangling.config.demo_city.sources import PACK, fill, major_templates, templates

pytestmark = pytest.mark.embedded  # no database is asked

TODAY = date(2026, 11, 23)
LIMIT = datetime(2026, 11, 23, tzinfo=CHINA)
PROVEN_BY = {"accept", "self_accept", "close"}
STATES = {
    "found", "graded", "ordered", "fixing", "submitted", "accepted", "closed",
    "disputed", "voiding", "void", "merged",
}  # fmt: skip


@cache
def city() -> CityPlan:
    return plan(today=TODAY)


def sectors() -> set[str]:
    rows = yaml.safe_load((PACK.parent / "sectors.yaml").read_text("utf-8"))["sectors"]
    return {row["code"] for row in rows}


def in_polygon(lat: float, lng: float, ring: list[list[float]]) -> bool:
    inside = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > lat) != (y2 > lat) and lng < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def area(ring: list[list[float]]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) / 2


def test_same_seed_and_day_give_the_same_city():
    assert plan(today=TODAY) == city()


def test_another_seed_gives_another_city():
    assert plan(seed=7, today=TODAY).findings != city().findings


@pytest.mark.parametrize(
    "today", [date(2026, 10, 5), date(2027, 2, 14), date(2028, 1, 1), date(2029, 6, 30)]
)
def test_city_can_be_made_on_any_day(today):
    made = plan(today=today)
    limit = datetime(today.year, today.month, today.day, tzinfo=CHINA)
    assert len(made.findings) == 6000
    assert max(step.at for row in made.findings for step in row.path) < limit
    assert {row.state for row in made.findings} == STATES


def test_counts():
    made = city()
    assert Counter(row.level for row in made.regions) == {4: 1, 6: 6, 9: 60}
    assert len(made.firms) == 2000
    assert len(made.findings) == 6000
    assert 250 <= sum(1 for firm in made.firms if firm.workshops) <= 400
    assert 20 <= len(made.blind_spots) <= 35
    kinds = Counter(row.kind for row in made.objects)
    assert kinds["firm"] == 2000
    assert min(kinds[kind] for kind in ("venue", "equipment", "site")) >= 150
    states = Counter(row.state for row in made.findings)
    assert states["closed"] == 4200
    assert sum(row.is_overdue for row in made.findings) == 300
    assert sum(row.grade == "major" for row in made.findings) == 180
    assert sum(row.wants_photo for row in made.findings) == 120


def test_division_codes_belong_to_no_real_place():
    codes = [row.code for row in city().regions]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"9901\d{8}", code) for code in codes)
    by_code = {row.code: row for row in city().regions}
    for row in city().regions:
        assert row.parent is None or by_code[row.parent].level < row.level


def test_outlines_are_closed_and_towns_fill_their_district():
    rings = {row.code: row.boundary["coordinates"][0] for row in city().regions}
    assert all(ring[0] == ring[-1] and area(ring) > 0 for ring in rings.values())
    for row in city().regions:
        below = [r.code for r in city().regions if r.parent == row.code]
        if below:
            assert sum(area(rings[code]) for code in below) == pytest.approx(
                area(rings[row.code]), rel=1e-4
            )


def test_firms_lie_inside_their_town():
    rings = {row.code: row.boundary["coordinates"][0] for row in city().regions}
    firms = [row for row in city().objects if row.kind == "firm"]
    assert all(in_polygon(row.lat, row.lng, rings[row.region]) for row in firms)


def test_credit_codes_are_valid_and_fictional():
    codes = [firm.uscc for firm in city().firms]
    assert len(set(codes)) == len(codes)
    for firm in city().firms:
        assert uscc.is_valid(firm.uscc)
        assert firm.uscc[2:8] == firm.region[:6]


def test_device_codes():
    devices = [row for row in city().objects if row.kind == "equipment"]
    assert all(re.fullmatch(r"\d{17}", row.identifier) and row.next_test_on for row in devices)
    assert len({row.identifier for row in devices}) == len(devices)
    overdue = [row for row in devices if row.next_test_on < TODAY]
    assert 0 < len(overdue) < len(devices) * 0.1


def test_names_and_keys_are_unique():
    made = city()
    for rows in (made.firms, made.units, made.posts, made.people, made.objects, made.findings):
        assert len({row.key for row in rows}) == len(rows)
    assert len({firm.name for firm in made.firms}) == len(made.firms)
    assert len({person.phone for person in made.people}) == len(made.people)


def test_references_lead_somewhere():
    made = city()
    units, posts = {u.key for u in made.units}, {p.key for p in made.posts}
    people, objects = {p.key for p in made.people}, {o.key for o in made.objects}
    assert all(u.parent is None or u.parent in units for u in made.units)
    assert all(p.unit in units and p.person in people for p in made.posts)
    assert all(h.post in posts and h.person in people for h in made.holdings)
    assert all(o.unit in units and (o.parent is None or o.parent in objects) for o in made.objects)
    for line in made.duties:
        assert line.unit in units
        assert line.post is None or line.post in posts
        assert line.object is None or line.object in objects
        assert line.ends_on is None or line.starts_on <= line.ends_on
    for row in made.findings:
        assert {row.unit, row.supervisor} <= units
        assert row.object in objects
        assert {step.post for step in row.path} | {row.liable_post, row.found_by} <= posts


def test_every_post_has_one_holder_each_day():
    spans = defaultdict(list)
    for row in city().holdings:
        if not row.is_deputy:
            spans[row.post].append((row.starts_on, row.ends_on or date.max))
    for rows in spans.values():
        rows.sort()
        assert all(end < start for (_, end), (start, _) in pairwise(rows))


def test_past_duty_differs_from_today():
    ended = [line for line in city().duties if line.layer == "sector" and line.ends_on]
    assert ended
    followed = [
        old
        for old in ended
        for new in city().duties
        if new.layer == "sector" and (new.region, new.sector) == (old.region, old.sector)
        and new.starts_on == old.ends_on + timedelta(days=1) and new.unit != old.unit
    ]  # fmt: skip
    assert followed


def test_blind_spots_are_spread():
    made = city()
    blind = [row for row in made.objects if row.key in set(made.blind_spots)]
    assert len({row.sector for row in blind}) >= 3


def test_every_state_and_sector_has_hazards():
    assert {row.state for row in city().findings} == STATES
    assert {row.sector for row in city().findings} == sectors()
    assert {step.step for row in city().findings for step in row.path} == set(STEPS)


def test_paths_are_legal_and_times_rise():
    for row in city().findings:
        state, before = "", ""
        for step in row.path:
            sources, target = STEPS[step.step]
            assert state in sources, (row.key, step.step, state)
            before = state if step.step == "request_void" else before
            state = before if target == "back" else target or state
            assert step.to == state
        assert state == row.state
        times = [step.at for step in row.path]
        assert all(first <= second for first, second in pairwise(times))
        assert times[0] == row.found_at
        assert times[-1] < LIMIT


def rounds(row: FindingPlan) -> list[list]:
    """The path cut at every re-opening."""
    parts: list[list] = [[]]
    for step in row.path:
        if step.step == "reopen":
            parts.append([])
        parts[-1].append(step)
    return parts


def test_who_fixes_never_accepts_or_closes():
    holder = {post.key: post.person for post in city().posts}
    for row in city().findings:
        for part in rounds(row):
            fixers = {
                holder[s.post] for s in part if s.step in ("submit", "start", "spot_fix", "plan")
            }
            provers = {holder[s.post] for s in part if s.step in PROVEN_BY | {"recheck"}}
            assert not fixers & provers, row.key


def test_asking_and_deciding_are_two_people():
    pairs = (
        ("request_void", "confirm_void"),
        ("request_void", "refuse_void"),
        ("plan", "approve_plan"),
    )
    for row in city().findings:
        by = {step.step: step.post for step in row.path}
        assert all(by[a] != by[b] for a, b in pairs if a in by and b in by)


def test_only_authorities_grade_order_and_close():
    role = {post.key: post.role for post in city().posts}
    public = {"committee_officer", "department_officer", "town_inspector"}
    mine = {
        "grade",
        "order",
        "accept",
        "close",
        "spot_fix",
        "recheck",
        "merge",
        "transfer",
        "confirm_void",
    }
    for row in city().findings:
        for step in row.path:
            if step.step in mine:
                assert role[step.post] in public
        if any(step.step == "self_accept" for step in row.path):
            assert (row.source, row.grade) == ("enterprise", "general")


def test_majors_are_told_the_same_day_and_accepted_on_site_in_ten_days():
    majors = [row for row in city().findings if row.grade == "major"]
    for row in majors:
        assert row.standard
        assert row.article
        assert row.leader
        assert row.funds
        assert row.contingency
        at = {step.step: step.at for step in row.path}
        assert at["report_up"].date() == row.found_at.date()
        first_order = next((step.at for step in row.path if step.step == "order"), None)
        assert first_order is None or first_order.date() == row.found_at.date()
        if "start" in at:
            assert "approve_plan" in at
        for first, second in pairwise(row.path):
            if second.step == "accept":
                assert first.step == "submit"
                assert second.at - first.at <= timedelta(days=10)


def test_superseded_standards_are_not_cited():
    for row in city().findings:
        if row.standard.startswith("GB 35181-2017"):
            assert row.found_at.date() < date(2025, 11, 1)
        if row.standard.startswith("发改委令41号"):
            assert row.found_at.date() >= date(2026, 7, 1)


def test_deadlines():
    for row in city().findings:
        open_work = row.state in ("ordered", "fixing")
        assert not open_work or row.deadline
        if open_work:
            assert row.is_overdue == (row.deadline < TODAY), row.key
        asked = [s for s in row.path if s.step == "ask_extension"]
        ordered = [s for s in row.path if s.step == "order"]
        if asked and len(ordered) == 1:
            assert asked[0].at.date() <= ordered[0].data["deadline"] < asked[0].data["until"]
        assert all(s.at.date() <= s.data["deadline"] for s in ordered)


def test_merged_reports_name_an_older_open_hazard_of_the_same_object():
    rows = {row.key: row for row in city().findings}
    merged = [row for row in rows.values() if row.state == "merged"]
    assert len(merged) == 104
    for row in merged:
        main = rows[row.merged_into]
        assert main.object == row.object
        assert main.found_at < row.found_at
        assert main.source != row.source
        assert main.state != "closed" or main.path[-1].at > row.path[-1].at
        assert row.path[-1].data["into"] == main.key


def test_findings_fall_on_working_days_mostly():
    days = [row.found_at.date() for row in city().findings]
    assert sum(map(is_working_day, days)) > 0.9 * len(days)
    assert 0 < sum(map(is_holiday, days)) < 0.03 * len(days)


def test_templates_are_many_and_distinct():
    general, majors = templates(), major_templates()
    texts = [row.text for row in (*general, *majors)]
    assert len(texts) == len(set(texts)) >= 350
    assert {row.sector for row in general} == sectors()
    assert {row.style for row in general} == set("SHFN")
    assert {row.scene for row in (*general, *majors)} == set(SCENES)


def test_no_slot_is_left_and_texts_are_of_sane_length():
    rng = Random(1)
    for row in (*templates(), *major_templates()):
        assert not re.search(r"[{}]", fill(row.text, rng, "车间") + fill(row.measure, rng, "车间"))
    for row in city().findings:
        assert not re.search(r"[{}]", row.text + row.measures + row.place)
        assert 4 <= len(row.text) <= 80, row.text
        assert row.measures
    lengths = sorted(len(row.text) for row in city().findings)
    assert 12 <= lengths[len(lengths) // 2] <= 32


def test_texts_do_not_repeat_much():
    most = Counter(row.text for row in city().findings).most_common(1)[0][1]
    assert most <= 60
    assert len({row.text for row in city().findings}) > 2400


def test_unknown_slot_is_an_error():
    with pytest.raises(KeyError):
        fill("{nowhere}", Random(1))


def test_personas_meet():
    made = city()
    posts = {post.key: post for post in made.posts}
    owner = posts[made.personas["owner"]]
    firm = next(row for row in made.firms if row.unit == owner.unit)
    unit = {row.key: row for row in made.units}
    assert set(made.personas) >= {
        "committee", "department", "inspector", "owner", "workshop", "team", "leader", "auditor",
        "system_admin", "security_admin",
    }  # fmt: skip
    assert unit[posts[made.personas["inspector"]].unit].region == firm.region
    assert firm.sector in unit[posts[made.personas["department"]].unit].sectors
    workshop = unit[posts[made.personas["workshop"]].unit]
    assert workshop.parent == firm.unit
    assert unit[posts[made.personas["team"]].unit].parent == workshop.key
    own = [row for row in made.findings if row.firm == firm.key]
    assert {row.state for row in own} == STATES
    assert any(row.grade == "major" and row.leader == made.personas["leader"] for row in own)
    assert len({row.state for row in own if row.unit == workshop.key}) >= 3


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_photo_shows_before_and_after(scene):
    before = draw_photo(Random(5), scene)
    after = draw_photo(Random(5), scene, after=True)
    assert before.size == after.size == (960, 720)
    assert before.tobytes() == draw_photo(Random(5), scene).tobytes()
    assert before.tobytes() != after.tobytes()


def test_photo_file_carries_time_and_place():
    from xiangling.kernel.images import inspect

    taken = datetime(2026, 5, 6, 9, 30, tzinfo=CHINA)
    photo = inspect(jpeg(draw_photo(Random(2), "pit"), taken, 33.8123, 120.2345))
    assert photo.taken_at == taken
    assert photo.place == pytest.approx((33.8123, 120.2345), abs=1e-4)
    assert not photo.is_blank
