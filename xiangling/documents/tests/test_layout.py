"""What GB/T 9704-2012 asks of a page, measured on the PDF and read off the DOCX (domain.md 8.8)."""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise
from pathlib import Path

import docx as office
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiangling.documents import docx, fonts, pdf
from xiangling.documents import measures as m
from xiangling.documents.model import Document, Items, Run, Table
from xiangling.documents.tests.sampling import (
    ADDRESS,
    AT,
    LONG,
    Pages,
    bulletin,
    grid,
    in_office,
    listing,
    long_bulletin,
    mm,
    order,
    said,
    text,
)
from xiangling.documents.wording import MOST_IN_A_LINE, title_lines


@pytest.fixture(scope="module")
def full() -> Pages:
    return Pages(grid(60))


@pytest.fixture(scope="module")
def paper() -> Pages:
    return Pages(bulletin())


# --- the core of the page -----------------------------------------------------------------------


def test_a_page_is_a4(full: Pages) -> None:
    page = full.pages[0]
    assert (round(mm(page.width), 1), round(mm(page.height), 1)) == (210.0, 297.0)


def test_a_full_page_has_22_lines_of_28_characters(full: Pages) -> None:
    body = [line for line in full.lines(1) if "永" in said(line)]
    assert len(body) == 22
    assert {len(line) for line in body} == {28}


def test_lines_stand_at_one_pitch(full: Pages) -> None:
    heights = [line[0]["matrix"][5] for line in full.lines(1) if "永" in said(line)]
    steps = [above - below for above, below in pairwise(heights)]
    assert all(abs(step - m.PITCH) < 0.05 for step in steps)
    assert abs(m.PITCH * 22 - m.CORE[1] * m.MM) < 1.5


def test_the_core_is_156_by_225_mm_37_from_the_top_and_28_from_the_binding(full: Pages) -> None:
    body = [char for line in full.lines(1) if "永" in said(line) for char in line]
    left, right = min(c["x0"] for c in body), max(c["x1"] for c in body)
    assert mm(left) == pytest.approx(28, abs=0.3)
    assert mm(right) == pytest.approx(28 + 156, abs=0.6)
    image = full.pages[1].to_image(resolution=150).original.convert("L")
    ink = [
        row
        for row in range(image.height)
        if image.crop((0, row, image.width, row + 1)).getextrema()[0] < 128
    ]
    first = ink[0] * 25.4 / 150
    last = max(row for row in ink if row * 25.4 / 150 < 297 - 35 + 3) * 25.4 / 150
    assert 37 <= first <= 37 + 4.5, "the first line's ink stands below the top of the core"
    assert 262 - 4.5 <= last <= 262, "the last line's ink stands above the foot of the core"


def test_page_numbers_stand_outside_the_core_on_the_outer_side(full: Pages) -> None:
    for page, number in ((0, "—1—"), (1, "—2—")):
        line = full.line_of(page, number)
        assert line[0]["size"] == pytest.approx(m.NOTE)
        edges = mm(line[0]["x0"]), mm(line[-1]["x1"])
        one = mm(m.NOTE)
        side = edges[0] - (28 + one) if page else (28 + 156 - one) - edges[1]
        assert abs(side) < 0.5
        image = full.pages[page].to_image(resolution=200).original.convert("L")
        x = (line[0]["x0"] + line[0]["x1"]) / 2 * 200 / 72
        below = range(int(263 * 200 / 25.4), image.height)
        dash = next(row for row in below if image.getpixel((int(x), row)) < 128)
        assert dash * 25.4 / 200 - 262 == pytest.approx(7, abs=0.6)


# --- the parts of a paper -----------------------------------------------------------------------


def test_sizes_and_fonts_of_the_parts(paper: Pages) -> None:
    chosen = fonts.find().chosen

    def is_set_in(words: str, part: str, size: float) -> None:
        line = paper.line_anywhere(words)
        assert line[0]["size"] == pytest.approx(size), words
        name = line[2]["fontname"].rpartition("+")[2].casefold().replace("-", "")
        assert any(family.casefold().replace(" ", "")[:9] in name for family in chosen[part]), name

    is_set_in("关于2026年10月份全区", "title", m.TITLE)
    is_set_in("各镇人民政府", "body", m.BODY)
    is_set_in("一、总体情况", "hei", m.BODY)
    is_set_in("（一）排查情况", "kai", m.BODY)
    is_set_in("1.按来源分", "body", m.BODY)
    is_set_in("（1）企业自查", "body", m.BODY)


def test_the_title_is_centred(paper: Pages) -> None:
    for words in ("关于2026年10月份全区", "事故隐患排查治理情况的通报"):
        line = paper.line_of(0, words)
        assert mm((line[0]["x0"] + line[-1]["x1"]) / 2) == pytest.approx(28 + 78, abs=0.5)


def test_the_mark_is_red_and_35_mm_below_the_top_of_the_core(paper: Pages) -> None:
    line = paper.line_of(0, "东区安全生产委员会办公室")
    red, green, blue = line[0]["non_stroking_color"]
    assert red > 0.8 > 0.1 > green
    assert blue < 0.1
    image = paper.pages[0].to_image(resolution=150).original
    reds = [
        row
        for row in range(image.height)
        if any(
            image.getpixel((column, row))[0] > 180 and image.getpixel((column, row))[1] < 80
            for column in range(165, 1100, 2)
        )
    ]
    assert reds[0] * 25.4 / 150 == pytest.approx(37 + 35, abs=1.5)


def test_number_and_red_line_stand_below_the_mark(paper: Pages) -> None:
    number = paper.line_of(0, "东安办〔2026〕12号")
    assert mm((number[0]["x0"] + number[-1]["x1"]) / 2) == pytest.approx(106, abs=0.5)
    rule = next(line for line in paper.pages[0].lines if line["stroking_color"] != (0,))
    assert (mm(rule["x0"]), mm(rule["x1"])) == (
        pytest.approx(28, abs=0.1),
        pytest.approx(184, abs=0.1),
    )
    assert mm(rule["top"]) - mm(number[0]["bottom"]) == pytest.approx(4, abs=2.5)


def test_the_text_is_indented_by_two_characters(paper: Pages) -> None:
    line = paper.line_of(0, LONG[:10])
    assert mm(line[0]["x0"]) == pytest.approx(28 + mm(2 * m.STEP), abs=0.3)


def test_the_date_stays_four_characters_from_the_right_and_the_issuer_is_centred_on_it(
    paper: Pages,
) -> None:
    last = len(paper.pages) - 1
    dated = paper.line_of(last, "2026年11月3日")
    issuer = next(
        line for line in paper.lines(last) if said(line).startswith("东区安全生产委员会办公室")
    )
    assert mm(dated[-1]["x1"]) == pytest.approx(184 - mm(4 * m.STEP), abs=0.7)
    centres = [mm((line[0]["x0"] + line[-1]["x1"]) / 2) for line in (dated, issuer)]
    assert centres[0] == pytest.approx(centres[1], abs=2)


def test_the_imprint_ends_with_the_core_of_the_last_page(paper: Pages) -> None:
    page = paper.pages[-1]
    rules = sorted(mm(line["top"]) for line in page.lines if line["width"] > 400)
    assert len(rules) == 3
    assert rules[-1] == pytest.approx(262, abs=0.3)
    printed = paper.line_of(len(paper.pages) - 1, "印发")
    assert printed[0]["size"] == pytest.approx(m.NOTE)


def test_a_heading_never_ends_a_page() -> None:
    for n in range(1, 23):
        blocks = (text("永" * (28 * n - 2)), bulletin().blocks[1], text(LONG))
        pages = Pages(Document(title="测量", blocks=blocks))
        first = [said(line) for line in pages.lines(0)]
        assert first[-2] != "一、总体情况", n


def test_no_page_holds_a_signature_alone() -> None:
    for n in range(1, 13):
        pages = Pages(order(n))
        for page in range(len(pages.pages)):
            text_of_page = [said(line) for line in pages.lines(page)]
            if any("2026年6月10日" in line for line in text_of_page):
                assert any("检查人员（签名）" in line for line in text_of_page), n


def test_a_figure_leads_to_its_rows(paper: Pages) -> None:
    links = [link["uri"] for page in paper.pages for link in page.hyperlinks]
    assert links == [f"{ADDRESS}rows"]


def test_the_same_paper_gives_the_same_bytes() -> None:
    assert pdf.render(order(), at=AT) == pdf.render(order(), at=AT)
    assert pdf.render(order(2), at=AT) != pdf.render(order(3), at=AT)


# --- hostile words ------------------------------------------------------------------------------

HOSTILE = (
    '#import "/etc/passwd"',
    '#read("/etc/passwd")',
    "$ x^2 $ *粗* _斜_ `码` <标签> @引用",
    "\\ ]#[ ) } // 注释",
    "<w:p><w:r>&amp;</w:r></w:p>",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_words_are_never_read_as_markup(words: str) -> None:
    squeezed = words.replace(" ", "")
    document = Document(
        title=words[:20],
        addressee=words,
        blocks=(text(words), Items((words,)), Table((words,), ((Run(words),),), title=words)),
        issuer="东区应急管理局",
    )
    read = Pages(document).words().replace("\n", "").replace(" ", "")
    assert read.count(squeezed) >= 4
    file = office.Document(io.BytesIO(docx.render(document, at=AT)))
    assert sum(words in line.text for line in file.paragraphs) >= 3


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1, max_size=400))
def test_any_text_can_be_printed(words: str) -> None:
    document = Document(title=words, addressee=words, blocks=(text(words), Items((words,))))
    assert pdf.render(document, at=AT).startswith(b"%PDF")
    assert docx.render(document, at=AT).startswith(b"PK")


@given(st.text(alphabet="关于的2026年安全生产通报（）、", min_size=1, max_size=90))
def test_a_title_breaks_without_loss(title: str) -> None:
    lines = title_lines(title)
    assert "".join(lines) == title
    assert all(0 < len(line) <= MOST_IN_A_LINE for line in lines)


# --- fonts --------------------------------------------------------------------------------------


def test_a_proper_font_goes_first_and_a_missing_one_is_named() -> None:
    found = fonts.choose(["FangSong_GB2312", "SimHei", "Noto Serif CJK SC"])
    assert found.chosen["body"][0] == "FangSong_GB2312"
    assert found.chosen["title"] == ["Noto Serif CJK SC"]
    assert found.missing == ("方正小标宋简体", "楷体_GB2312", "宋体")
    assert not fonts.choose(["DejaVu Sans"]).is_usable


# --- DOCX ---------------------------------------------------------------------------------------


def test_docx_names_the_fonts_of_the_standard_and_its_margins() -> None:
    data = docx.render(bulletin(), at=AT)
    xml = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode()
    for name in ("方正小标宋简体", "仿宋_GB2312", "楷体_GB2312", "黑体"):
        assert f'w:eastAsia="{name}"' in xml, name
    section = office.Document(io.BytesIO(data)).sections[0]
    assert [
        round(side.mm)
        for side in (
            section.top_margin,
            section.left_margin,
            section.right_margin,
            section.bottom_margin,
        )
    ] == [37, 28, 26, 35]


def test_docx_opens_in_an_office_and_has_as_many_pages_as_the_pdf(tmp_path: Path) -> None:
    papers = {
        "bulletin": bulletin(),
        "short": bulletin(0),
        "long": bulletin(14),
        "order": order(),
        "orders": order(24),
        "odd": order(5),
        "full": order(6),
        "even": order(7),
        "grid": grid(60),
        "rows": listing(30),
        "more_rows": listing(75),
        "month": long_bulletin(32),
        "quarter": long_bulletin(60),
    }
    contents = {name: docx.render(document, at=AT) for name, document in papers.items()}
    for name, converted in in_office(tmp_path, contents).items():
        assert len(converted.pages) == len(Pages(papers[name]).pages), name
        if name == "grid":
            page = converted.pages[1]
            rows = {round(char["top"]) for char in page.chars if char["text"] == "永"}
            assert len(rows) == 22
        if name == "more_rows":
            assert all("责任单位" in (page.extract_text() or "") for page in converted.pages[:-1])


def test_the_head_of_a_table_stands_on_every_page() -> None:
    pages = Pages(listing(75)).pages
    assert len(pages) > 3
    assert all("责任单位" in (page.extract_text() or "") for page in pages[:-1])


def test_nothing_in_a_table_runs_over_its_neighbour() -> None:
    """A code is as wide as the cell lets it be, and breaks at a hyphen."""
    pages = Pages(listing(3))
    column = m.CORE[0] * 5 / 17
    for line in pages.lines(0):
        ends = [
            mm(char["x1"])
            for char in line
            if char["text"] in "YH0123456789-" and mm(char["x0"]) < 28 + column
        ]
        if said(line).startswith(("YH-", "2026-")):
            assert max(ends) <= 28 + column
