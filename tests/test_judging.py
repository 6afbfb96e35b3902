"""`xiangling judge` and `xiangling score judge` from a shell: no server, no database, nothing lost (R-085, R-071)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [str(Path(sys.executable).with_name("xiangling"))]
ROWS = [
    {"id": 7, "text": "外架整层没打连墙件", "sector": "construction", "venue": "住宅项目"},
    {"id": "b", "text": "", "sector": "fire"},
    {"id": "c", "text": "Exit blocked 🔥", "sector": "fire", "venue": None, "date": "2024-05-01"},
    {"id": "d", "text": "永兴五金厂教育卡没有车间签字", "sector": "industry_trade"},
    {"id": "e", "text": "宏达五金厂教育卡没有车间签字", "sector": "industry_trade"},
    {"id": "f", "text": "坏" * 100_000, "sector": "nowhere"},
]


def run(folder: Path, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("XL_", "DJANGO_"))}
    return subprocess.run(
        [*COMMAND, *words],
        cwd=folder,
        env=bare,
        input=given,
        text=True,
        capture_output=True,
        check=False,
    )


def test_every_row_is_answered_in_order_without_a_database(tmp_path):
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, ROWS)) + "\n", "utf-8")
    done = run(tmp_path, "judge", "in.jsonl", "--out", "out.jsonl")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows] == [7, "b", "c", "d", "e", "f"]
    first = rows[0]
    assert first["verdict"] == "major"
    assert first["matches"][0] == {"standard": "FW", "article": "7(2)", "criterion": "FW-015"}
    assert set(first) >= {"major_probability", "spans", "missing", "depth", "depth_reason"}
    assert [row["verdict"] for row in rows[1:3]] == ["not_covered", "not_covered"]
    assert rows[4]["duplicate_of"] == "d"
    assert {row["duplicate_of"] for row in rows if row["id"] != "e"} == {None}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_a_malformed_line_is_named_by_its_number_and_the_rest_goes_on(tmp_path):
    lines = [
        json.dumps(ROWS[0]),
        "{not json",
        json.dumps([1]),
        "",
        '{"id": 1, "text": 5}',
        json.dumps(ROWS[1]),
    ]
    done = run(tmp_path, "judge", "-", given="\n".join(lines))
    assert done.returncode == 1
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [7, "b"]
    for number in (2, 3, 5):
        assert f"line {number}:" in done.stderr


def test_a_bad_date_is_named_and_a_missing_file_is_said(tmp_path):
    done = run(tmp_path, "judge", "-", given=json.dumps({**ROWS[0], "date": "gestern"}))
    assert done.returncode == 1
    assert "YYYY-MM-DD" in done.stderr
    gone = run(tmp_path, "judge", "nothing.jsonl")
    assert gone.returncode == 1
    assert "nothing.jsonl" in gone.stderr


@pytest.mark.parametrize(
    "words", [["score"], ["score", "nothing"], ["score", "judge", "none.jsonl"]]
)
def test_score_says_what_it_needs(tmp_path, words):
    done = run(tmp_path, *words)
    assert done.returncode == 1
    assert done.stderr.startswith("xiangling score:")


def test_the_score_prints_every_measure_and_owns_up_to_rows_it_was_trained_on(tmp_path):
    from xiangling.apps.hazards.judge.examples import FOLDER

    labelled = (FOLDER / "labelled.jsonl").read_text("utf-8").splitlines()[:120]
    (tmp_path / "gold.jsonl").write_text("\n".join(labelled), "utf-8")
    done = run(tmp_path, "score", "judge", "gold.jsonl")
    assert done.returncode == 0, done.stderr
    for word in (
        "major F1",
        "unsafe misses",
        "article",
        "depth, not major",
        "copies F1",
        "calibration error",
    ):
        assert word in done.stdout
    assert "texts a second" in done.stdout
    assert "120 of these rows were trained on" in done.stdout
