"""`xiangling read` and `xiangling score read`, as an operator calls them (R-001, S24)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from xiangling.config.command import main

ORDER = "市应急局要在2026年6月30日前完成液化气站检查。\n去年，市应急局检查了12家。\n"
KEYS = {
    "seed", "paragraph", "sentence", "offset", "quote_start", "kind", "mode", "responsible", "responsible_norm",
    "resp_explicit", "action", "object", "sector", "deadline", "deadline_type", "deadline_iso", "indicator",
}  # fmt: skip


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_rows_carry_the_keys_of_the_labelled_file(tmp_path: Path) -> None:
    source, out = tmp_path / "007_order.txt", tmp_path / "out.jsonl"
    source.write_text(ORDER, "utf-8")
    assert main(["read", str(source), "--out", str(out)]) == 0
    task, report = rows(out)
    assert set(task) == KEYS
    assert (task["seed"], task["paragraph"], task["sentence"], task["offset"]) == ("007", 1, 1, 0)
    assert (task["quote_start"], task["responsible"]) == ("市应急局要在2026年6", ["市应急局"])
    assert (task["deadline_type"], task["deadline_iso"], task["sector"]) == (
        "date",
        "2026-06-30",
        "燃气",
    )
    assert report["mode"] == "report"
    assert main(["read", str(source), "--open", "--out", str(out)]) == 0
    assert len(rows(out)) == 1


def test_a_bad_file_is_named_and_the_rest_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, empty, out = tmp_path / "1.txt", tmp_path / "2.txt", tmp_path / "out.jsonl"
    good.write_text(ORDER, "utf-8")
    empty.touch()
    assert main(["read", str(empty), str(tmp_path / "none.txt"), str(good), "--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert "2.txt: The file is empty" in said
    assert "none.txt: No such file" in said
    assert len(rows(out)) == 2


def test_no_directive_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    poem = tmp_path / "poem.txt"
    poem.write_text("春眠不觉晓，处处闻啼鸟。", "utf-8")
    assert main(["read", str(poem)]) == 0
    answer = capsys.readouterr()
    assert answer.out == ""
    assert "no task to be done was found" in answer.err


def test_where_it_cannot_write_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "1.txt"
    source.write_text(ORDER, "utf-8")
    assert main(["read", str(source), "--out", str(tmp_path / "none" / "out.jsonl")]) == 1
    assert "out.jsonl" in capsys.readouterr().err


def test_asking_a_model_nobody_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "1.txt"
    source.write_text(ORDER, "utf-8")
    assert main(["read", str(source), "--propose"]) == 1
    assert "XL_LLM_URL" in capsys.readouterr().err


def gold(**changes: object) -> dict[str, object]:
    row = {
        "seed": "1", "paragraph": 1, "sentence": 1, "offset": 0, "kind": "task", "mode": "directive",
        "responsible": ["市应急管理局"], "resp_explicit": True, "deadline_iso": "2026-06-30",
    }  # fmt: skip
    return row | changes


def scored(
    tmp_path: Path, labelled: list[dict[str, object]], predicted: list[dict[str, object]]
) -> int:
    for name, found in (("gold", labelled), ("pred", predicted)):
        text = "\n".join(json.dumps(row, ensure_ascii=False) for row in found)
        (tmp_path / f"{name}.jsonl").write_text(text, "utf-8")
    return main(["score", "read", str(tmp_path / "gold.jsonl"), str(tmp_path / "pred.jsonl")])


def test_scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labelled = [
        gold(),
        gold(offset=20, responsible=["各镇街"], deadline_iso=None),
        gold(sentence=2, responsible=["市公安局"]),
        gold(paragraph=2, mode="report"),
    ]
    predicted = [
        gold(responsible=["市应急局"]),  # another spelling of the same
        gold(offset=21, responsible=["市城管局"]),  # owner and date invented
        gold(paragraph=2),  # done, yet opened
        gold(seed="9"),  # of a document nobody labelled
    ]
    assert scored(tmp_path, labelled, predicted) == 0
    said = capsys.readouterr().out
    assert "open tasks, by clause       P 0.667  R 0.667  F1 0.667" in said
    assert "open tasks, by sentence     P 0.500  R 0.500  F1 0.500" in said
    assert "owners (explicit, core)     P 0.500  R 0.500  F1 0.500" in said
    assert "1 of 2 explicit pairs, 1 of all 2 pairs" in said
    assert "1/1 exact, 1 invented" in said
    assert "kind                        2/3 right" in said
    assert "1 of 3 open tasks" in said


def test_rows_that_cannot_be_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert scored(tmp_path, [{"seed": "1"}], []) == 1
    assert "gold.jsonl:1: no 'paragraph'" in capsys.readouterr().err
    assert main(["score", "read", str(tmp_path / "none"), str(tmp_path / "none")]) == 1
