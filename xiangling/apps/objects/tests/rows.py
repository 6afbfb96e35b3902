"""Sheets of objects for tests."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stdnum.cn import uscc

HEADER = (
    "类别", "名称", "统一社会信用代码", "类型", "行业领域", "区县", "镇街", "所属企业代码", "所属企业", "地址", "责任人",
    "联系电话", "从业人数", "下次检验日期", "状态", "纬度", "经度",
)  # fmt: skip


def code(number: int) -> str:
    """A valid unified social credit code, another for every number."""
    head = f"91990101MA{number:07}"
    return head + uscc.calc_check_digit(head)


def firm(number: int, **facts: Any) -> dict[str, Any]:
    """A row of the sheet: the firm of that number in 港口镇."""
    row = {
        "类别": "企业", "名称": f"港口第{number}机械有限公司", "统一社会信用代码": code(number), "行业领域": "工贸",
        "镇街": "港口镇", "责任人": "陈工", "从业人数": "12",
    }  # fmt: skip
    return {**row, **facts}


def write(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """A CSV file with every column of the sheet."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        writer.writerows(rows)
    return path
