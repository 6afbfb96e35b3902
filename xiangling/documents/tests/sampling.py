"""Papers made up for measuring, and what stands on the pages of a PDF."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pdfplumber

from xiangling.documents import pdf
from xiangling.documents.measures import MM
from xiangling.documents.model import (
    Document,
    Facts,
    Heading,
    Imprint,
    Items,
    Paragraph,
    Run,
    Signatures,
    Table,
)

AT = datetime(2026, 6, 10, 2, 0, tzinfo=UTC)
ADDRESS = "https://safety.example.gov.cn/v/ABCDEFGHJKMNPQRSTUVWXYZ234/"
LONG = (
    "全区各镇街深入排查治理事故隐患推动安全生产形势总体平稳但是仍有部分单位责任不落实整改不及时" * 4
)


def text(words: str, link: str = "") -> Paragraph:
    return Paragraph((Run(words, link),))


def bulletin(paragraphs: int = 6) -> Document:
    """A paper with everything that GB/T 9704 speaks of."""
    figure = Paragraph((Run("共排查隐患"), Run("1,204", f"{ADDRESS}rows"), Run("条。")))
    table = Table(
        ("镇街", "隐患数", "整改率"),
        tuple(
            tuple(Run(cell) for cell in row)
            for row in (("港口镇", "320", "97.2%（311/320）"), ("山前镇", "18", "50.0%（9/18）"))
        ),
        (3, 2, 4),
        "各镇街整改情况",
    )
    return Document(
        title="关于2026年10月份全区事故隐患排查治理情况的通报",
        mark="东区安全生产委员会办公室",
        number="东安办〔2026〕12号",
        addressee="各镇人民政府、街道办事处",
        blocks=(
            text(LONG + "。"),
            Heading(1, "一、总体情况"),
            Heading(2, "（一）排查情况"),
            Heading(3, "1. 按来源分"),
            Heading(4, "（1）企业自查"),
            figure,
            table,
            Items(("双手按钮被短接；", "配电箱门缺失。")),
            *[text(LONG + "。") for _number in range(paragraphs)],
        ),
        attachments=("逾期未整改隐患清单", "未按时报送单位名单"),
        issuer="东区安全生产委员会办公室",
        dated="2026年11月3日",
        imprint=Imprint("区委办公室，区政府办公室", "东区安全生产委员会办公室", "2026年11月3日"),
        address=ADDRESS,
    )


def order(lines: int = 2) -> Document:
    """An enforcement paper: no red head, lines to write and to sign on."""
    return Document(
        title="责令限期整改指令书",
        agency="东区应急管理局",
        number="东应急责改〔2026〕1号",
        addressee="海晏五金有限公司",
        blocks=(
            text("经查，你单位存在下列问题："),
            Items(tuple(f"冲压车间{n}号冲床双手按钮被短接，单手即可启动；" for n in range(lines))),
            Facts((("地址", "港口镇海晏路18号"), ("负责人", ""))),
            Signatures(("被检查单位现场负责人（签名）", "检查人员（签名）")),
        ),
        issuer="东区应急管理局",
        dated="2026年6月10日",
        address=ADDRESS,
        is_draft=True,
    )


def grid(n_lines: int) -> Document:
    """Nothing but text, to count lines and characters by."""
    return Document(title="测量", blocks=(text("永" * (28 * n_lines)),))


def listing(n_rows: int) -> Document:
    """A paper with a long table."""
    rows = tuple(
        (
            Run(f"YH-990101-2026-{n:05}", ADDRESS),
            Run("海晏五金有限公司"),
            Run("冲床双手按钮被短接，单手即可启动"),
            Run(str(n)),
        )
        for n in range(n_rows)
    )
    return Document(
        title="关于逾期未整改隐患的通报",
        mark="东区安全生产委员会办公室",
        number="东安办〔2026〕13号",
        addressee="各镇人民政府、街道办事处",
        blocks=(
            text("名单如下："),
            Table(
                ("编号", "责任单位", "隐患情况", "逾期（天）"), rows, (5, 4, 6, 2), "逾期未整改隐患"
            ),
            text("请于收文之日起抓紧整改。"),
        ),
        issuer="东区安全生产委员会办公室",
        dated="2026年11月3日",
        imprint=Imprint("", "东区安全生产委员会办公室", "2026年11月3日"),
        address=ADDRESS,
    )


def in_office(folder: Path, contents: Mapping[str, bytes]) -> dict[str, Any]:
    """DOCX by name as LibreOffice sets them, opened as PDF."""
    program = shutil.which("soffice")
    assert program, "LibreOffice is not installed: `make test` installs libreoffice-writer-nogui"
    for name, content in contents.items():
        (folder / f"{name}.docx").write_bytes(content)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [program, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder / "out"),
         *(str(folder / f"{name}.docx") for name in sorted(contents))],
        check=True, capture_output=True, timeout=240, env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    return {name: pdfplumber.open(folder / "out" / f"{name}.pdf") for name in contents}


class Pages:
    """A rendered paper, measured in millimetres from the top left corner."""

    def __init__(self, document: Document) -> None:
        self.file = pdfplumber.open(io.BytesIO(pdf.render(document, at=AT)))
        self.pages: list[Any] = self.file.pages

    def lines(self, page: int) -> list[list[dict[str, Any]]]:
        """The characters of a page by the line they stand on, top to bottom, left to right."""
        found: dict[float, list[Any]] = defaultdict(list)
        for char in self.pages[page].chars:
            if char["text"].strip():
                found[round(char["matrix"][5], 1)].append(char)
        return [sorted(found[y], key=lambda c: c["x0"]) for y in sorted(found, reverse=True)]

    def line_of(self, page: int, words: str) -> list[dict[str, Any]]:
        """The line that holds these words. Raises StopIteration."""
        return next(line for line in self.lines(page) if words in said(line))

    def line_anywhere(self, words: str) -> list[dict[str, Any]]:
        """The first line of any page that holds these words. Raises StopIteration."""
        lines = (line for page in range(len(self.pages)) for line in self.lines(page))
        return next(line for line in lines if words in said(line))

    def words(self) -> str:
        return "".join(page.extract_text() or "" for page in self.pages)


def said(line: list[dict[str, Any]]) -> str:
    return "".join(char["text"] for char in line)


def mm(points: float) -> float:
    return points / MM
