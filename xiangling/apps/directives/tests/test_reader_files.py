"""Formats and bad input: what can be read is read whole, the rest is refused with words that say what to do (R-001)."""

from __future__ import annotations

import io
import time

import pypdf
import pytest

from xiangling.apps.directives.reader import Unreadable, read
from xiangling.apps.directives.reader.pdf import reflow

from .files import docx, paragraph, pdf, row

ORDER = "各镇街要在2026年6月30日前完成出租房排查。"


def refused(data: bytes | str, code: str, name: str = "") -> str:
    with pytest.raises(Unreadable) as caught:
        read(data, name)
    assert caught.value.code == code
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_in_every_usual_encoding(encoding: str) -> None:
    reading = read(ORDER.encode(encoding), "a.txt")
    assert reading.raw == ORDER
    assert [owner.name for owner in reading.directives[0].owners] == ["各镇街"]


def test_traditional_characters_are_read_and_kept() -> None:
    reading = read("各鎮街要在2026年6月底前完成電動車排查。")
    (found,) = reading.directives
    assert (found.owners[0].name, found.owners[0].norm) == ("各鎮街", "各镇街")
    assert found.deadline is not None
    assert str(found.deadline.iso) == "2026-06-30"


def test_word_paragraphs_lists_and_tables() -> None:
    numbering = (
        '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>'
        '<w:lvlText w:val="%1、"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    body = (
        paragraph("压实责任", list_id=1)
        + paragraph("抓好落实", list_id=1)
        + f"<w:p><w:r><w:t>{ORDER}</w:t></w:r><w:del><w:r><w:delText>删去</w:delText></w:r></w:del></w:p>"
        + f"<w:tbl>{row('序号', '任务', '责任单位', '完成时限')}{row('1', '检查气瓶', '市住建局', '2026年5月')}</w:tbl>"
    )
    reading = read(docx(body, numbering=numbering), "plan.docx")
    assert reading.text_lines == (
        "一、压实责任",
        "二、抓好落实",
        ORDER,
        "序号\t任务\t责任单位\t完成时限",
        "1\t检查气瓶\t市住建局\t2026年5月",
    )
    in_table = reading.directives[-1]
    assert [(owner.name, owner.how) for owner in in_table.owners] == [("市住建局", "table")]
    assert in_table.deadline is not None
    assert str(in_table.deadline.iso) == "2026-05-31"


def test_pdf_with_text() -> None:
    assert ORDER in read(pdf([[ORDER], ["- 2 -"]]), "a.pdf").raw


def test_radicals_that_a_pdf_font_sets_for_characters() -> None:
    reading = read(pdf([["市住建局要在2026年 6 ⽉ 30 ⽇前整治燃⽓⽤户。"]]))
    assert reading.raw == "市住建局要在2026年 6 月 30 日前整治燃气用户。"
    (found,) = reading.directives
    assert found.deadline is not None
    assert str(found.deadline.iso) == "2026-06-30"


def test_lines_broken_by_the_page_are_joined() -> None:
    lines = [
        "一、压实责任",
        "各镇街要对辖区内的出租房、沿街商铺逐户排查隐患",
        "并建立台账。",
        "— 1 —",
        "市应急局要督促整改。",
    ]
    assert reflow(lines) == [
        "一、压实责任",
        "各镇街要对辖区内的出租房、沿街商铺逐户排查隐患并建立台账。",
        "市应急局要督促整改。",
    ]


def test_scanned_pdf_is_refused_with_what_to_do() -> None:
    assert "xiangling[ocr]" in refused(pdf([[""], [""]]), "scanned", "scan.pdf")


def test_protected_pdf() -> None:
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(pdf([[ORDER]]))))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    assert "password" in refused(out.getvalue(), "password")


def test_500_pages_are_too_many_at_once() -> None:
    writer = pypdf.PdfWriter()
    for _number in range(500):
        writer.add_blank_page(595, 842)
    out = io.BytesIO()
    writer.write(out)
    assert "500" in refused(out.getvalue(), "long")


@pytest.mark.parametrize("cut", [20, 200, 600])
def test_damaged_files(cut: int) -> None:
    refused(pdf([[ORDER]])[:cut], "broken")
    refused(docx(paragraph(ORDER))[: cut // 2], "broken")


def test_hostile_word_files() -> None:
    bomb = docx(paragraph(ORDER), filler=b"\0" * 40_000_000)
    refused(bomb, "bomb")
    entities = docx(paragraph("&a;"), head='<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>')
    refused(entities, "entities")
    refused(docx("<w:p>" * 5000 + "</w:p>" * 5000), "broken")


def test_other_files() -> None:
    assert ".docx" in refused(bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 600, "type", "old.doc")
    encrypted = bytes.fromhex("D0CF11E0A1B11AE1") + "EncryptedPackage".encode("utf-16-le")
    refused(encrypted, "password", "locked.docx")
    refused(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "picture")
    refused(b"{\\rtf1 hello}", "type")
    refused(bytes(range(256)) * 4, "encoding")


@pytest.mark.parametrize("data", [b"", "", " \n\u3000\n", b"\xef\xbb\xbf", docx(paragraph(""))])
def test_nothing_in_it(data: bytes | str) -> None:
    refused(data, "empty")


def test_a_text_too_long() -> None:
    refused("安" * 1_000_001, "long")


def test_a_text_with_no_directive_is_no_fault() -> None:
    reading = read("春眠不觉晓，处处闻啼鸟。")
    assert reading.directives == ()
    assert "no_directive" in reading.warnings
    assert [piece.text for piece in reading.unmapped] == ["春眠不觉晓，", "处处闻啼鸟。"]


HOSTILE = [
    "（",
    "要检查，",
    "“要",
    "*",
    "?;",
    "市应急局、",
    "1.检查。（责任单位：市应急局）\n",
    "a\t",
    "6月",
    "安(ān)",
    "责任单位：",
]


@pytest.mark.parametrize("part", HOSTILE)
def test_texts_made_to_be_slow(part: str) -> None:
    begin = time.process_time()
    read(part * (20_000 // len(part)))
    assert time.process_time() - begin < 5
