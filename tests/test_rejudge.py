"""`xiangling rejudge` lists what a new standard would say, and changes nothing (R-072, R-085)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories as f
from xiangling.apps.hazards import rejudging
from xiangling.apps.hazards.judge import Judgement, Match, Verdict
from xiangling.apps.hazards.models import Hazard
from xiangling.apps.standards.queries import library
from xiangling.config import judging_again
from xiangling.config.command import Stop
from xiangling.kernel import clock, jobs
from xiangling.kernel.scope import unscoped

pytestmark = pytest.mark.django_db
STATES = ("found", "graded", "fixing", "closed")


@pytest.fixture
def world() -> Iterator[f.World]:
    made = f.make_world()
    for n, state in enumerate(STATES):
        f.to_state(made, state, seed=10 + 10 * n)
        f.to_state(made, state, seed=500 + 10 * n, major=True)
    with clock.at(f.NOW + timedelta(days=1)):
        yield made


def everything() -> dict[str, list[Any]]:
    """Every row of every table."""
    with unscoped("test"):
        return {
            model._meta.label: list(model._base_manager.order_by("pk").values())
            for model in apps.get_models()
        }


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@given(
    standard=st.sampled_from(["", "GM", "XF", "WH"]),
    on=st.none() | st.dates(min_value=f.START),
    batch=st.integers(1, 7),
)
@settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_rejudging_changes_nothing(world: f.World, standard: str, on: Any, batch: int) -> None:
    before = everything()
    with unscoped("test"), pytest.MonkeyPatch.context() as patched:
        patched.setattr(rejudging, "BATCH", batch)
        found = list(rejudging.steps(on=on, standard=standard))
    assert sum(step.n for step in found) == 8
    assert everything() == before


def test_it_lists_what_differs(world: f.World, capsys: Any) -> None:
    assert judging_again.rejudge([]) == 0
    out, err = capsys.readouterr()
    assert "8 hazards judged" in err
    rows = rows_of(out)
    assert set(rows[0]) == set(rejudging.COLUMNS)
    with unscoped("test"):
        majors = set(Hazard.objects.filter(grade="major").values_list("code", flat=True))
    named = {row["code"] for row in rows}
    assert named <= majors, "the general ones are as the judge says"


@pytest.mark.parametrize(
    ("grade", "cited", "verdict", "what"),
    [
        ("major", "GM-062", Verdict.MAJOR, None),
        ("major", "GM-001", Verdict.MAJOR, "clause"),
        ("major", "GM-062", Verdict.GENERAL, "grade"),
        ("major", "GM-062", Verdict.NOT_COVERED, "grade"),
        ("general", "", Verdict.GENERAL, None),
        ("general", "", Verdict.MAJOR, "grade"),
        ("general", "", Verdict.UNSURE, None),
        ("", "", Verdict.MAJOR, "suggestion"),
    ],
)
def test_what_counts_as_a_difference(grade: str, cited: str, verdict: Verdict, what: Any) -> None:
    found = library()
    hazard = Hazard(text="x", grade=grade)
    if cited:
        hazard.standard, hazard.article = found.standard_of(cited).name, found.cite(cited)
    answer = Judgement(verdict, 0.5, (Match("GM", "12(2)", "GM-062", 0.9),))
    change = rejudging.compare(hazard, answer, found)
    assert (change.what if change else None) == what


def test_a_stopped_run_goes_on_and_ends_with_the_same_file(
    world: f.World, tmp_path: Path, monkeypatch: Any
) -> None:
    whole, parts = tmp_path / "whole.csv", tmp_path / "parts.csv"
    monkeypatch.setattr(rejudging, "BATCH", 3)
    assert judging_again.rejudge(["--out", str(whole)]) == 0
    with monkeypatch.context() as ending:
        ending.setattr(jobs, "is_ending", lambda: True)
        assert judging_again.rejudge(["--out", str(parts)]) == 130
        assert judging_again.rejudge(["--out", str(parts)]) == 130
    with parts.open("a", encoding="utf-8") as file:
        file.write("half a row that a killed run had writ")
    assert judging_again.rejudge(["--out", str(parts)]) == 0
    assert parts.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["parts.csv", "whole.csv"]
    assert whole.read_bytes().startswith(b"\xef\xbb\xbf")


def test_other_options_begin_anew(world: f.World, tmp_path: Path, monkeypatch: Any) -> None:
    out = tmp_path / "a.csv"
    monkeypatch.setattr(rejudging, "BATCH", 3)
    with monkeypatch.context() as ending:
        ending.setattr(jobs, "is_ending", lambda: True)
        judging_again.rejudge(["--out", str(out)])
    assert judging_again.rejudge(["--out", str(out), "--standard", "GM"]) == 0
    assert out.read_text("utf-8-sig").count("was_standard") == 1


def test_bad_options_are_said(world: f.World, tmp_path: Path) -> None:
    with pytest.raises(Stop, match="no standard"):
        judging_again.rejudge(["--standard", "NOPE"])
    with pytest.raises(SystemExit):
        judging_again.rejudge(["--on", "morgen"])
    with pytest.raises(Stop, match="No such file"):
        judging_again.rejudge(["--out", str(tmp_path / "no" / "a.csv")])


def test_a_cell_is_no_formula() -> None:
    assert judging_again.safe("=cmd()") == "'=cmd()"
    assert judging_again.safe(-3) == -3
    assert judging_again.safe("配电箱") == "配电箱"
