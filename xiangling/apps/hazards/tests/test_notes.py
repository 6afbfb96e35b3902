"""What is kept beside a hazard, through every door (R-071, R-086, R-091, R-174, S09)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import factories as f
from xiangling.apps.hazards import alike, backfill, queries, suggestions
from xiangling.apps.hazards.jobs import IMPORTER
from xiangling.apps.hazards.judge import duplicates
from xiangling.apps.hazards.models import Decision, Handling, Hazard, Judged, TextSlice
from xiangling.kernel import jobs, ledger
from xiangling.kernel.imports import Line
from xiangling.kernel.models import Entry, Job, ProofUse
from xiangling.kernel.scope import unscoped

pytestmark = pytest.mark.django_db

TEXT = "冲压车间3号冲床双手按钮被短接，单手即可启动"


@pytest.fixture
def world() -> f.World:
    return f.make_world()


def bands_of(hazard: Hazard) -> set[int]:
    return set(TextSlice.objects.filter(hazard=hazard).values_list("band", flat=True))


def test_a_reported_hazard_is_judged_and_indexed(world: f.World) -> None:
    hazard = f.report(world)
    row = Judged.objects.get(hazard=hazard)
    entry = Entry.objects.get(case_uid=hazard.uid, seq=1)
    assert entry.data["judgement"] == row.answer
    assert row.version == suggestions.current_judge().version
    assert row.verdict in {"major", "general", "unsure", "not_covered"}
    assert bands_of(hazard) == set(duplicates.sketch(hazard.text))
    handling = Handling.objects.get(hazard=hazard)
    assert handling.found_by == world.people["inspector"].pk
    assert handling.found_unit == world.units["station"]
    assert ledger.verify_case(hazard) is None


def test_an_imported_batch_finds_the_copies_within_itself_and_before_it(world: f.World) -> None:
    first = f.report(world)
    with f.acting(world, "inspector") as actor:
        lines = [
            Line(n, {"text": text, "object": world.firm.name, "external_id": str(n)}, f"x:{n}")
            for n, text in enumerate(
                [TEXT, "喷漆房排风机未开启且无联锁装置", "喷漆房排风机未开启，且无联锁装置"], 1
            )
        ]
        IMPORTER.take(lines, actor)
    while jobs.tick("test"):
        pass
    with unscoped("test"):
        rows = list(Hazard.objects.exclude(pk=first.pk).order_by("pk"))
    judged = [Judged.objects.get(hazard=row) for row in rows]
    assert [row.copy_of_id for row in judged] == [first.pk, None, rows[1].pk]
    assert judged[0].likeness == pytest.approx(1.0)
    entry = Entry.objects.get(case_uid=rows[1].uid, kind="hazard.judged")
    assert entry.data["judgement"]["verdict"] == judged[1].verdict


def test_nothing_is_left_beside_a_hazard_that_was_refused(world: f.World) -> None:
    before = (Judged.objects.count(), TextSlice.objects.count())
    with pytest.raises(Exception, match=r".+"):
        f.report(world, by="auditor")
    assert (Judged.objects.count(), TextSlice.objects.count()) == before


def test_copies_elsewhere_are_counted_but_only_ones_own_are_named(world: f.World) -> None:
    near = f.report(world)
    own_firm, world.firm = world.firm, world.other_firm
    f.report(world, by="outsider")
    world.firm = own_firm
    with f.acting(world, "inspector"):
        found = queries.copies_elsewhere(TEXT, uuid4())
    assert found.n == 2
    assert [row.pk for row in found.shown] == [near.pk]
    with f.acting(world, "inspector"):
        assert queries.copies_elsewhere(TEXT, world.firm.uid).n == 1
        assert queries.copies_elsewhere("", world.firm.uid).n == 0


@pytest.mark.parametrize(
    ("verdict", "grade", "cited", "expected"),
    [
        ("major", "major", "same", Decision.CONFIRMED),
        ("major", "major", "other", Decision.CHANGED),
        ("major", "general", "", Decision.REFUSED),
        ("general", "major", "same", Decision.REFUSED),
        ("general", "general", "", Decision.CONFIRMED),
        ("unsure", "major", "same", Decision.ALONE),
        ("not_covered", "general", "", Decision.ALONE),
    ],
)
def test_how_a_decision_relates_to_the_suggestion(
    verdict: str, grade: str, cited: str, expected: Decision
) -> None:
    library = suggestions.current_judge().library
    first, other = library.criteria[0], library.criteria[1]
    answer = {"verdict": verdict, "matches": [{"criterion": first.id}]}
    row = {"same": first, "other": other}.get(cited)
    standard = library.standard_of(row.id).name if row else ""
    article = library.cite(row.id) if row else ""
    compared = suggestions.compare(answer, grade, standard, article)
    assert compared.decision == expected
    assert compared.criterion == (row.id if row else "")


def test_grading_keeps_the_judgement_and_the_decision_in_the_ledger(world: f.World) -> None:
    hazard = f.report(world)
    f.step(world, hazard, "grade", "inspector", grade="general", facts="双手按钮已恢复")
    entry = Entry.objects.get(case_uid=hazard.uid, step="grade")
    row = Judged.objects.get(hazard=hazard)
    assert entry.data["judgement"] == row.answer
    assert entry.data["decision"]["decision"] == row.decision
    assert (row.decided, row.decided_by) == ("general", world.people["inspector"].pk)
    assert hazard.facts == "双手按钮已恢复"


def test_who_closed_and_whether_alone(world: f.World) -> None:
    hazard = f.to_state(world, "closed")
    row = Handling.objects.get(hazard=hazard)
    assert row.closed_by == world.people["inspector"].pk
    assert row.is_closed_alone is True
    f.step(world, hazard, "reopen", "committee", f.NOW + timedelta(hours=4), reason="复燃")
    row.refresh_from_db()
    assert (row.closed_by, row.closed_on, row.is_closed_alone) == (None, None, None)
    other = f.to_state(world, "accepted", seed=3000)
    f.step(world, other, "close", "inspector2", f.NOW + timedelta(hours=4))
    assert Handling.objects.get(hazard=other).is_closed_alone is False


def kept_beside(hazard: Hazard) -> tuple[object, ...]:
    judged = Judged.objects.filter(hazard=hazard).values().get()
    judged.pop("judged_at")
    handling = Handling.objects.filter(hazard=hazard).values().get()
    return judged, handling, bands_of(hazard)


def test_the_backfill_makes_what_the_doors_make(world: f.World) -> None:
    """R-086: a ledger of an older version gets the same rows, in stops and starts."""
    made = [
        f.to_state(world, state, seed=100 * n)
        for n, state in enumerate(["found", "graded", "closed"])
    ]
    f.step(world, made[2], "reopen", "committee", f.NOW + timedelta(hours=4), reason="复燃")
    wanted = [kept_beside(hazard) for hazard in made]
    for model in (Judged, Handling, TextSlice):
        model.objects.all().delete()
    job = backfill.start_if_needed()
    assert job is not None
    again = backfill.start_if_needed()
    assert again == job
    while jobs.tick("test"):
        pass
    job.refresh_from_db()
    assert (job.state, job.done) == (Job.State.DONE, 3)
    assert [kept_beside(hazard) for hazard in made] == wanted
    assert backfill.start_if_needed() is None


def test_a_hazard_without_rows_beside_it_can_still_be_moved(world: f.World) -> None:
    hazard = f.to_state(world, "accepted")
    for model in (Judged, Handling):
        model.objects.all().delete()
    f.step(world, hazard, "close", "inspector", f.NOW + timedelta(hours=4))
    assert hazard.state == "closed"


def test_a_photo_that_served_before_is_counted(world: f.World) -> None:
    """Only histories from elsewhere can bring one; the steps themselves refuse it (S10)."""
    one, two = f.to_state(world, "submitted", seed=50), f.to_state(world, "submitted", seed=90)
    use = ProofUse.objects.get(case_uid=one.uid)
    entry = Entry.objects.get(case_uid=two.uid, step="submit")
    ProofUse.objects.create(
        file=use.file, entry=entry, case_kind="hazard", case_uid=two.uid, role="after"
    )
    for model in (Judged, Handling, TextSlice):
        model.objects.all().delete()
    with unscoped("test"):
        backfill.read(list(Hazard.objects.order_by("pk").select_related("object")))
    assert Handling.objects.get(hazard=one).n_reused == 0
    assert Handling.objects.get(hazard=two).n_reused == 1


@given(st.text(max_size=60), st.booleans(), st.booleans())
@settings(deadline=None, max_examples=60)
def test_an_answered_question_replaces_its_contrary(question: str, yes: bool, then: bool) -> None:
    facts = suggestions.add_fact("已停机", question, yes)
    facts = suggestions.add_fact(facts, question, then)
    lines = suggestions.fact_lines(facts)
    assert lines[0] == "已停机"
    wanted = suggestions.statement(question, then).strip()
    assert lines[-1] == " ".join(wanted.splitlines()) or lines[-1] in wanted
    contrary = suggestions.statement(question, not then)
    assert contrary not in lines or contrary == suggestions.statement(question, then)


@pytest.mark.parametrize("text", ["", "a", "🔥" * 40, "\ufffd\ufffd", "１２３ｍ", "x" * 5000])
def test_odd_texts_are_compared_without_complaint(text: str) -> None:
    assert alike.alike(text) == []
