"""Every question gives what the rows themselves give, counted another way."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tests import factories as f
from xiangling.apps.hazards.models import Hazard
from xiangling.config import command
from xiangling.insight.lake import engines, manifest
from xiangling.insight.lake.export import export
from xiangling.insight.lake.questions import QUESTIONS, Asked
from xiangling.insight.lake.sources import Own
from xiangling.kernel import clock
from xiangling.kernel.models import Entry

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 7, 20)
ASKED = Asked(as_of=AS_OF)
FINAL = {"closed", "void", "merged"}


def make_city() -> f.World:
    """Hazards in several states, months and towns; one major, one closed late, one opened again."""
    world = f.make_world()
    states = ("found", "ordered", "fixing", "closed", "closed", "submitted")
    for n, state in enumerate(states):
        at = f.NOW - timedelta(days=21 * n)
        f.to_state(world, state, at, seed=4000 + 10 * n, major=n in (2, 4))
    again = f.to_state(world, "closed", seed=5000)
    f.step(world, again, "reopen", "committee", f.NOW + timedelta(days=2), reason="复发")
    near, world.firm = world.firm, world.other_firm
    f.report(world, by="outsider")
    world.firm = near
    return world


@pytest.fixture(scope="module")
def lake(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Made once for the module, with the rows it was made of still in the database."""
    folder = tmp_path_factory.mktemp("lake")
    with django_db_blocker.unblock(), transaction.atomic():
        make_city()
        export(folder, [Own("9901")])
        yield folder
        transaction.set_rollback(True)


@pytest.fixture
def duck() -> Iterator[engines.Duck]:
    engine = engines.Duck(threads=1)
    yield engine
    engine.close()


def ask(lake: Path, duck: engines.Duck, key: str, asked: Asked = ASKED) -> engines.Rows:
    return engines.answer(lake, QUESTIONS[key], asked, duck)


def hazards() -> list[Any]:
    return list(Hazard._base_manager.select_related("unit"))


def is_late(case: Any) -> bool:
    return case.due_at is not None and clock.local_date(case.due_at) < AS_OF


def test_open_majors(lake: Path, duck: engines.Duck) -> None:
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for case in hazards():
        if case.closed_at is None:
            row = counts[case.region[:4], case.sector]
            row[0] += case.grade == "major"
            row[1] += case.grade == "major" and is_late(case)
            row[2] += 1
    found = {
        (row["city"], row["sector"]): [row["n_majors"], row["n_majors_late"], row["n_open"]]
        for row in ask(lake, duck, "open_majors")
    }
    assert found == counts
    assert sum(row[0] for row in counts.values()) == 1


def lives() -> dict[Any, dict[str, Any]]:
    """Each hazard's way, read from the ledger entry by entry."""
    made: dict[Any, dict[str, Any]] = {}
    for entry in Entry.objects.filter(case_kind="hazard").order_by("case_uid", "seq"):
        life = made.setdefault(
            entry.case_uid, {"due": None, "on_time": None, "again": 0, "moves": []}
        )
        if entry.seq == 1:
            life["moves"].append(("opened", entry.at))
        elif entry.target in FINAL and entry.source not in FINAL:
            life["moves"].append(("closed", entry.at))
            life["on_time"] = None if life["due"] is None else entry.at <= life["due"]
        elif entry.source in FINAL and entry.target not in FINAL:
            life["moves"].append(("reopened", entry.at))
            life["again"] += 1
        if "due" in entry.data:
            life["due"] = datetime.fromisoformat(str(entry.data["due"]))
    return made


def test_closure_on_time(lake: Path, duck: engines.Duck) -> None:
    told = lives()
    closed = [case for case in hazards() if case.closed_at]
    known = [told[case.uid]["on_time"] for case in closed if told[case.uid]["on_time"] is not None]
    days = sum(
        (clock.local_date(case.closed_at) - clock.local_date(case.opened_at)).days
        for case in closed
    )
    (row,) = ask(lake, duck, "closure_on_time")
    assert (row["n_closed"], row["n_known"], row["n_on_time"]) == (2, len(known), sum(known))
    assert row["n_days"] == days
    assert (row["on_time"] is None) == (not known)
    months = {f"{clock.local_date(case.closed_at):%Y-%m}" for case in closed}
    assert len(months) == 2
    (part,) = ask(lake, duck, "closure_on_time", Asked(AS_OF, since=max(months)))
    assert part["n_closed"] == 1
    assert ask(lake, duck, "closure_on_time", Asked(AS_OF, since="2030-01")) == []


def test_reopened(lake: Path, duck: engines.Duck) -> None:
    told = lives()
    ended = [
        uid for uid, life in told.items() if any(what == "closed" for what, _ in life["moves"])
    ]
    (row,) = ask(lake, duck, "reopened")
    again = [told[uid]["again"] for uid in ended]
    assert (row["n_ended"], row["n_times"]) == (len(ended), sum(again))
    assert row["n_reopened"] == sum(1 for n in again if n) == 1
    assert row["reopened"] == "0.3333"


def test_monthly_flow(lake: Path, duck: engines.Duck) -> None:
    counts = Counter(
        (f"{clock.local_date(at):%Y-%m}", what)
        for life in lives().values()
        for what, at in life["moves"]
    )
    found = ask(lake, duck, "monthly_flow")
    for row in found:
        for what in ("opened", "closed", "reopened"):
            assert row[f"n_{what}"] == counts[row["month"], what]
    assert sum(row["n_opened"] for row in found) == len(hazards())
    assert [row["month"] for row in found] == sorted(row["month"] for row in found)


def test_ageing(lake: Path, duck: engines.Duck) -> None:
    counts: Counter[str] = Counter()
    for case in hazards():
        if case.closed_at is None:
            age = (AS_OF - clock.local_date(case.opened_at)).days
            counts[
                next(
                    (b for n, b in ((30, "0-30"), (90, "31-90"), (180, "91-180")) if age <= n), "x"
                )
            ] += 1
    found = ask(lake, duck, "ageing")
    assert {row["days"]: row["n_open"] for row in found} == counts
    assert sum(row["n_late"] for row in found) == sum(map(is_late, hazards()))
    assert [row["days"] for row in found] == [
        days for days in ("0-30", "31-90", "91-180") if counts[days]
    ]


def test_top_units_and_towns_have_their_denominators(lake: Path, duck: engines.Duck) -> None:
    for key, name in (("top_units", "unit"), ("towns", "town")):
        everything = Counter(
            case.unit.name if name == "unit" else case.region[:9] for case in hazards()
        )
        late = Counter(
            case.unit.name if name == "unit" else case.region[:9]
            for case in hazards()
            if is_late(case)
        )
        found = ask(lake, duck, key)
        assert {row[name]: row["n_late"] for row in found if row["n_late"]} == late
        assert all(row["n_all"] == everything[row[name]] for row in found)
    assert len(ask(lake, duck, "top_units", Asked(AS_OF, top=1))) == 1
    assert ask(lake, duck, "top_units", Asked(AS_OF, at_least=10**6)) == []


def test_arrivals(lake: Path, duck: engines.Duck) -> None:
    (row,) = ask(lake, duck, "arrivals")
    assert (row["node"], row["n_entries"]) == ("9901", Entry.objects.count())


def run(*words: str) -> int:
    return command.main(["lake", *words])


def test_the_command_answers_in_three_forms(lake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--at", str(lake), "--as-of", "2026-07-20", "--threads", "1"]
    for key in QUESTIONS:
        made = {}
        for form in ("json", "csv", "table"):
            assert run("ask", key, *where, "--format", form) == 0
            made[form] = capsys.readouterr().out
        told = json.loads(made["json"])
        assert told
        lines = list(csv.DictReader(io.StringIO(made["csv"])))
        assert [{k: "" if v is None else str(v) for k, v in row.items()} for row in told] == lines
        assert len(made["table"].splitlines()) == len(told) + 1
    assert run("show", "--at", str(lake)) == 0
    assert f"{Entry.objects.count()} entries" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ask", "towns", "--at", "nowhere"], "lake export --out nowhere"),
        (["ask", "towns", "--at", "{lake}", "--spark", "http://x"], "sc://"),
        (["show", "--at", "nowhere"], "no lake"),
    ],
)
def test_what_cannot_be_done_is_said(
    lake: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert run(*[word.format(lake=lake) for word in words]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("bad", [["--as-of", "31.1.2026"], ["--since", "2026-13"], ["--top", "-1"]])
def test_bad_input_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bad: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run("ask", "towns", "--at", str(tmp_path), *bad)
    assert ended.value.code == 2
    assert "is no " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "missing", "extra"),
    [
        (["export", "--out", "x"], "pyarrow", "lake"),
        (["ask", "towns", "--at", "{lake}"], "ibis", "lake"),
        (
            ["ask", "towns", "--at", "{lake}", "--spark", "sc://127.0.0.1:9"],
            "pyspark.sql",
            "cluster",
        ),
    ],
)
def test_without_the_extra_the_install_command_is_said(
    lake: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    missing: str,
    extra: str,
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    assert run(*[word.format(lake=lake) for word in words]) == 1
    assert f"pip install 'xiangling[{extra}]'" in capsys.readouterr().err


def test_a_broken_manifest_is_said(tmp_path: Path) -> None:
    (tmp_path / manifest.NAME).write_text("{")
    with pytest.raises(manifest.Unusable, match="new folder"):
        manifest.read(tmp_path)
