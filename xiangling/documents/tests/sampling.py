"""Papers made up for measuring, and what stands on the pages of a PDF."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pdfplumber

from xiangling.documents import fonts, pdf
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


def long_bulletin(n_rows: int) -> Document:
    """Figures among words and tables over many pages, as a quarter's bulletin has them."""
    found = Paragraph(
        (
            Run("2026年10月，全市共排查发现事故隐患"), Run("1,204", ADDRESS), Run("条，上年同期"), Run("968", ADDRESS),
            Run("条，同比上升"), Run("24.38%", ADDRESS), Run("；整改率居前的是：岚溪区"), Run("71.4%", ADDRESS),
            Run("（"), Run("20", ADDRESS), Run("/"), Run("28", ADDRESS), Run("）、沙屿区"), Run("70.7%", ADDRESS),
            Run("（29/41）、石浔区67.9%（55/81）；居后的是：汐城区54.4%（43/79）、澄湾区57.4%（31/54）。"),
        )
    )  # fmt: skip
    places = ("冲压车间（东区）", "3号锅炉房", "二层仓库", "危化品库（甲类）", "员工宿舍")
    faults = (
        "双手按钮被短接，单手即可启动",
        "甲烷传感器示值2.1%，现场未撤人",
        "环己酮和过氧化物同放一间，数量超核定3吨",
        "冷库开门把手冻住，推了4次才开",
    )
    majors = tuple(
        (
            Run(f"YH-9901{n % 6 + 1:02}-2026-{n:05}", ADDRESS),
            Run(f"汐州{places[n % 5]}第{n}有限公司"),
            Run(f"{places[n * 3 % 5]}{faults[n % 4]}"),
            Run("汐城区住房和城乡建设局" if n % 3 else "岚溪区应急管理局"),
            Run("整改中"),
            Run(str(n) if n % 4 == 0 else ""),
        )
        for n in range(n_rows)
    )
    late = tuple(
        (Run(f"汐州{n}号有限公司"), Run("3", ADDRESS), Run("0"), Run("41")) for n in range(n_rows)
    )
    return replace(
        bulletin(0),
        blocks=(
            Heading(1, "一、总体情况"), found, found, Heading(1, "二、重大事故隐患未办结情况"),
            Table(("编号", "责任单位", "隐患情况", "监管单位", "状态", "逾期天数"), majors, (5, 4, 6, 4, 3, 2), "未办结重大事故隐患"),
            found, Heading(1, "三、逾期未整改情况"),
            Table(("责任单位", "逾期（条）", "其中重大（条）", "最长逾期天数"), late, (7, 3, 3, 3), "逾期未整改单位"),
            found,
        ),
    )  # fmt: skip


def office_fonts(folder: Path) -> Path:
    """The fonts that the PDF is set in, under the names that the DOCX gives them: lines then end alike."""
    chosen = fonts.find().chosen
    aliases = "".join(
        f'<match target="pattern"><test name="family"><string>{name}</string></test>'
        f'<edit name="family" mode="assign" binding="same"><string>{chosen[part][0]}</string></edit></match>'
        for part, name in fonts.PROPER.items()
    )
    file = folder / "fonts.conf"
    file.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include>{aliases}</fontconfig>',
        "utf-8",
    )
    return file


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
        check=True, capture_output=True, timeout=240,
        env={**os.environ, "HOME": str(folder), "FONTCONFIG_FILE": str(office_fonts(folder))},
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
