"""The hazard loop, end to end and refusal by refusal (R-076 to R-081, R-087, S09, S10)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as f
from xiangling.apps.hazards.models import Extension
from xiangling.kernel import clock, engine, ledger
from xiangling.kernel.models import Docket, Entry, Refusal
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.kernel.scope import unscoped

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> f.World:
    return f.make_world()


@pytest.mark.parametrize("major", [False, True])
def test_a_hazard_runs_from_found_to_closed(world: f.World, major: bool) -> None:
    hazard = f.to_state(world, "closed", major=major)
    assert hazard.state == "closed"
    assert hazard.closed_at is not None
    assert not Docket._base_manager.filter(case_uid=hazard.uid).exists()
    assert ledger.verify_case(hazard) is None
    steps = list(
        Entry.objects.filter(case_uid=hazard.uid).order_by("seq").values_list("step", flat=True)
    )
    assert steps[0] == "open"
    assert steps[-1] == "close"


def refused(world: f.World, hazard, step: str, by: str, code: str, **given) -> Refused:  # type: ignore[no-untyped-def]
    """Expect a refusal: in words, logged, and nothing changed."""
    before = (hazard.state, hazard.version)
    with pytest.raises(Refused) as caught:
        f.step(world, hazard, step, by, **given)
    assert caught.value.code == code
    assert str(caught.value)
    row = Refusal.objects.order_by("-id").first()
    assert row is not None
    assert (row.case_uid, row.step, row.code) == (hazard.uid, step, code)
    with unscoped("test"):
        fresh = type(hazard).objects.get(pk=hazard.pk)
    assert (fresh.state, fresh.version) == before
    return caught.value


LATER = f.NOW + timedelta(hours=3)


def test_the_fixer_cannot_close_or_accept(world: f.World) -> None:
    """S10: self-closing. The safety officer holds both duties and may still not judge their own work."""
    hazard = f.to_state(world, "fixing")
    photo = lambda actor: [f.stored(5, actor, taken=LATER)]  # noqa: E731
    f.step(world, hazard, "submit", "safety", LATER, photo, done="已恢复")
    refused(world, hazard, "accept", "safety", "no_duty", opinion="好")
    refused(world, hazard, "close", "safety", "wrong_state")


def test_firm_accepts_its_own_general_hazard_by_another_person(world: f.World) -> None:
    hazard = f.report(world, by="workshop")
    f.step(world, hazard, "grade", "inspector", grade="general")
    f.step(world, hazard, "order", "inspector", **f.order_data(unit=hazard.unit_id))
    f.step(world, hazard, "start", "safety")
    photo = lambda actor: [f.stored(6, actor, taken=LATER)]  # noqa: E731
    f.step(world, hazard, "submit", "safety", LATER, photo, done="已恢复")
    refused(world, hazard, "self_accept", "safety", "same_person", at=LATER, opinion="好")
    f.step(world, hazard, "self_accept", "owner", LATER, opinion="已核实")
    assert hazard.state == "accepted"


def test_firm_may_not_accept_what_others_found(world: f.World) -> None:
    hazard = f.to_state(world, "submitted")
    refused(world, hazard, "self_accept", "safety", "authority_accepts", opinion="好")


def test_no_proof_no_submission(world: f.World) -> None:
    hazard = f.to_state(world, "fixing")
    refused(world, hazard, "submit", "owner", "no_proof", done="已恢复")


def test_photo_older_than_the_order(world: f.World) -> None:
    hazard = f.to_state(world, "fixing")
    old = lambda actor: [f.stored(7, actor, taken=f.NOW - timedelta(days=3))]  # noqa: E731
    refused(world, hazard, "submit", "owner", "photo_old", at=LATER, proofs=old, done="已恢复")


def test_photo_taken_elsewhere(world: f.World) -> None:
    hazard = f.to_state(world, "fixing")
    away = lambda actor: [f.stored(8, actor, taken=LATER, place=(24.60, 118.30))]  # noqa: E731
    refused(
        world, hazard, "submit", "owner", "photo_elsewhere", at=LATER, proofs=away, done="已恢复"
    )


@pytest.mark.parametrize("change", ["same", "resaved", "cropped"])
def test_photo_used_before(world: f.World, change: str) -> None:
    """Also when it was saved again or cropped a little."""
    import io

    from PIL import Image

    from xiangling.kernel import proof

    first = f.to_state(world, "closed", seed=900)
    hazard = f.to_state(world, "fixing", seed=901)
    data = f.photo_bytes(900, taken=LATER)
    if change != "same":
        image = Image.open(io.BytesIO(data))
        exif = image.getexif()
        if change == "cropped":
            image = image.crop((20, 15, 625, 470))
        out = io.BytesIO()
        image.save(out, "JPEG", quality=60, exif=exif)
        data = out.getvalue()
    upload = f.SimpleUploadedFile("again.jpg", data, "image/jpeg")
    again = lambda actor: [proof.Proof(proof.store(upload, actor=actor), "after")]  # noqa: E731
    refusal = refused(
        world, hazard, "submit", "owner", "photo_reused", at=LATER, proofs=again, done="已恢复"
    )
    assert first.closed_at
    assert "fields" in vars(refusal)


@pytest.mark.parametrize("missing", ["liable_person", "measures", "deadline"])
def test_order_without_liable_person_measures_or_deadline(world: f.World, missing: str) -> None:
    hazard = f.to_state(world, "graded")
    data = f.order_data(unit=hazard.unit_id)
    data[missing] = ""
    refusal = refused(world, hazard, "order", "inspector", "invalid", **data)
    assert missing in refusal.fields


def test_a_stage_cannot_be_skipped(world: f.World) -> None:
    hazard = f.to_state(world, "graded")
    for step, by in (("close", "inspector"), ("accept", "inspector"), ("submit", "owner")):
        refused(world, hazard, step, by, "wrong_state", opinion="好", done="好")


def test_a_post_without_the_duty(world: f.World) -> None:
    hazard = f.report(world)
    refused(world, hazard, "grade", "owner", "no_duty", grade="general")
    refused(world, hazard, "grade", "auditor", "no_duty", grade="general")


def test_someone_elses_record_does_not_exist(world: f.World) -> None:
    hazard = f.report(world)
    with pytest.raises(OutOfScope):
        f.step(world, hazard, "grade", "outsider", grade="general")
    assert Refusal.objects.filter(case_uid=hazard.uid, code="not_found").exists()


def test_two_at_once_one_wins_the_other_is_told_who(world: f.World) -> None:
    hazard = f.report(world)
    seen = hazard.version
    f.step(world, hazard, "grade", "inspector", grade="general")
    with f.acting(world, "department") as actor, pytest.raises(Refused) as caught:
        engine.move(hazard, "grade", actor=actor, data={"grade": "general"}, version=seen)
    assert caught.value.code == "changed"
    assert world.people["inspector"].name in str(caught.value)


def test_the_same_request_twice_is_one_move(world: f.World) -> None:
    from uuid import uuid4

    hazard, uid = f.report(world), uuid4()
    with f.acting(world, "inspector") as actor:
        once = engine.move(hazard, "grade", actor=actor, data={"grade": "general"}, uid=uid)
        twice = engine.move(hazard, "grade", actor=actor, data={"grade": "general"}, uid=uid)
    assert once.pk == twice.pk
    assert hazard.version == 2


# --- major hazards ------------------------------------------------------------------------------


def test_major_needs_clause_report_plan_and_all_five_elements(world: f.World) -> None:
    """R-077, R-085, R-087; five elements of 总局令第16号第15条."""
    hazard = f.report(world)
    refused(world, hazard, "grade", "inspector", "clause_missing", grade="major")
    f.step(
        world, hazard, "grade", "inspector", grade="major", standard="应急部令10号", article="7(1)"
    )
    assert hazard.supervisor_id == world.units["bureau"].pk
    with unscoped("test"):
        row = Docket.objects.get(case_uid=hazard.uid)
    assert clock.local_date(row.due_at) == clock.local_date(f.NOW)  # the same day
    full = f.order_data(
        unit=hazard.unit_id,
        funds="9000",
        contingency="预案",
        interim="control",
        interim_note="停机",
    )
    refused(world, hazard, "order", "department", "not_reported", **full)
    f.step(world, hazard, "report_up", "department", leader="副区长", reported_to="区政府")
    for name in ("funds", "contingency", "interim"):
        refused(world, hazard, "order", "department", "invalid", **{**full, name: ""})
    f.step(world, hazard, "order", "department", **full)
    refused(world, hazard, "start", "owner", "plan_missing")
    f.step(world, hazard, "plan", "owner", plan="更换控制器")
    refused(world, hazard, "start", "owner", "plan_missing")
    f.step(world, hazard, "approve_plan", "department", opinion="同意")
    f.step(world, hazard, "start", "owner")
    assert hazard.state == "fixing"


def test_major_is_accepted_on_site_within_ten_days(world: f.World) -> None:
    hazard = f.to_state(world, "submitted", major=True)
    assert clock.local_date(hazard.due_at) == clock.local_date(f.NOW) + timedelta(days=10)
    refused(world, hazard, "accept", "department", "no_proof", opinion="现场看过")


# --- side ways ----------------------------------------------------------------------------------


def test_extension_is_its_own_record_with_its_own_clock(world: f.World) -> None:
    hazard = f.to_state(world, "fixing")
    was = hazard.deadline
    later = was + timedelta(days=14)
    f.step(world, hazard, "ask_extension", "owner", asked_until=later, reason="配件未到")
    extension = Extension._base_manager.get(hazard=hazard)
    assert extension.state == "asked"
    assert clock.local_date(extension.due_at) == clock.local_date(f.NOW) + timedelta(days=5)
    assert hazard.deadline == was
    refused(
        world, hazard, "extend", "inspector", "extension_missing", until=later, opinion="直接改"
    )
    refused(
        world, hazard, "ask_extension", "owner", "extension_open", asked_until=later, reason="再要"
    )
    f.step(world, extension, "grant", "inspector", decided_until=later, opinion="同意")
    hazard.refresh_from_db()
    assert hazard.deadline == later
    assert clock.local_date(hazard.due_at) == later


def test_void_needs_a_second_person_and_refusal_goes_back(world: f.World) -> None:
    hazard = f.to_state(world, "fixing")
    f.step(world, hazard, "request_void", "inspector", reason="重复登记")
    refused(world, hazard, "confirm_void", "inspector", "same_person", opinion="作废")
    f.step(world, hazard, "refuse_void", "inspector2", reason="确有隐患")
    assert hazard.state == "fixing"
    f.step(world, hazard, "request_void", "inspector", reason="厂房已拆除")
    f.step(world, hazard, "confirm_void", "inspector2", opinion="属实")
    assert hazard.state == "void"


def test_two_units_refuse_and_the_committee_office_rules(world: f.World) -> None:
    """R-023: the ruling is kept and drawn into the duty map."""
    from xiangling.org.models import Dispute, DutyLine

    hazard = f.report(world)
    f.step(
        world,
        hazard,
        "dispute",
        "inspector",
        other_unit=world.units["bureau"].pk,
        reason="属行业监管",
    )
    dispute = Dispute._base_manager.get(about_uid=hazard.uid)
    with unscoped("test"):
        row = Docket.objects.get(case_uid=dispute.uid)
    assert row.holder_unit == world.units["office"].pk
    f.step(world, dispute, "refuse_too", "department", reason="属地巡查事项")
    refused(
        world,
        hazard,
        "rule",
        "inspector2",
        "dispute_open",
        unit=world.units["bureau"].pk,
        reason="急",
    )
    f.step(
        world, dispute, "rule", "committee", unit=world.units["bureau"].pk, ruling="由应急局负责"
    )
    hazard.refresh_from_db()
    assert hazard.state == "found"
    assert hazard.supervisor_id == world.units["bureau"].pk
    assert DutyLine.objects.filter(object_uid=world.firm.uid, basis=dispute.code).exists()


def test_three_reports_of_one_hazard_are_one_record_with_three_sources(world: f.World) -> None:
    """S09: firm, inspector and public; suggested, confirmed by a person, never silently merged."""
    from xiangling.apps.hazards import actions, queries
    from xiangling.apps.hazards.models import Hazard

    first = f.report(world, by="workshop")
    text = "3号冲床双手按钮被人短接，一只手就能启动"
    with f.acting(world, "inspector") as actor:
        alike = list(queries.look_alikes({"object": world.firm.uid, "text": text}, actor))
        assert alike == [first]
        actions.report_same(first, source="inspection", text=text, actor=actor)
    public = f.report(world, by="inspector2", source="public", text="有人反映冲床单手就能启动")
    f.step(world, public, "merge", "inspector", into=first.code, reason="同一处")
    assert public.state == "merged"
    with unscoped("test"):
        assert Hazard.objects.open().count() == 1
    assert queries.sources_of(first) == ["enterprise", "inspection", "public"]


def test_fixed_on_the_spot_is_closed_by_another_person(world: f.World) -> None:
    hazard = f.report(world)
    photos = lambda actor: [f.stored(21, actor, "before"), f.stored(22, actor, "after")]  # noqa: E731
    f.step(
        world,
        hazard,
        "spot_fix",
        "inspector",
        f.NOW,
        photos,
        liable_person="陈工",
        measures="当场拆除",
    )
    assert hazard.state == "accepted"
    by = "inspector2"
    if hazard.awaits_recheck:
        refused(world, hazard, "close", by, "recheck_missing")
        site = lambda actor: [f.stored(23, actor, "site", taken=LATER)]  # noqa: E731
        f.step(world, hazard, "recheck", by, LATER, site, opinion="已看")
    refused(world, hazard, "close", "inspector", "same_person", at=LATER)
    f.step(world, hazard, "close", by, LATER)
    assert hazard.state == "closed"


def test_spot_fix_with_the_same_picture_twice(world: f.World) -> None:
    hazard = f.report(world)
    photos = lambda actor: [f.stored(31, actor, "before"), f.stored(31, actor, "after")]  # noqa: E731
    refused(
        world,
        hazard,
        "spot_fix",
        "inspector",
        "photo_twice",
        proofs=photos,
        liable_person="陈工",
        measures="改",
    )


def test_reopened_hazards_need_a_new_order_and_new_proof(world: f.World) -> None:
    hazard = f.to_state(world, "closed", seed=41)
    f.step(world, hazard, "reopen", "department", LATER, reason="回头看发现再次短接")
    assert hazard.state == "graded"
    assert hazard.closed_at is None
    assert Docket._base_manager.filter(case_uid=hazard.uid).exists()
    f.step(world, hazard, "order", "inspector", LATER, **f.order_data(unit=hazard.unit_id))
    f.step(world, hazard, "start", "owner", LATER)
    old = lambda actor: [f.stored(41, actor, taken=LATER)]  # noqa: E731
    refused(world, hazard, "submit", "owner", "photo_reused", at=LATER, proofs=old, done="改了")
    assert ledger.verify_case(hazard) is None
