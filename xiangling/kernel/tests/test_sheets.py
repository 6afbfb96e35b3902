"""Files as users and attackers send them, each made here and read through `open_sheet`."""

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xiangling.kernel.sheets import (
    REASON,
    UNREAD,
    BadValueError,
    Column,
    Limits,
    Sheet,
    SheetError,
    is_reason_column,
    match_columns,
    missing_columns,
    open_sheet,
    parse_code,
    parse_date,
    refused_sheet,
    write_csv,
    write_xlsx,
)

NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PARTS = {
    "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>",
    "xl/workbook.xml": f"<workbook xmlns='{NS}' xmlns:r='{REL}'><sheets>"
    "<sheet name='表' sheetId='1' r:id='rId1'/></sheets></workbook>",
    "xl/_rels/workbook.xml.rels": "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
    f"<Relationship Id='rId1' Type='{REL}/worksheet' Target='worksheets/sheet1.xml'/></Relationships>",
}
HEAD_ROW = "<row r='1'><c r='A1' t='str'><v>编号</v></c><c r='B1' t='str'><v>名称</v></c></row>"


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    def put(content: bytes | str, name: str = "上传") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return put


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """A real workbook from rows."""

    def book(*rows: list[Any], change: Callable[[openpyxl.Workbook], None] | None = None) -> Path:
        made = openpyxl.Workbook()
        for row in rows:
            made.active.append(row)
        if change:
            change(made)
        path = tmp_path / "book.xlsx"
        made.save(path)
        return path

    return book


def raw_book(path: Path, rows: str, extra: dict[str, str] | None = None) -> Path:
    """An .xlsx written by hand; `rows` is the inside of sheetData."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**PARTS, **(extra or {})}.items():
            archive.writestr(name, content)
        sheet = f"<worksheet xmlns='{NS}'><sheetData>{rows}</sheetData></worksheet>"
        if "xl/worksheets/sheet1.xml" not in (extra or {}):
            archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return path


def read(path: Path, **limits: int) -> Sheet:
    return open_sheet(path, name=path.name, limits=Limits(**limits))


def refusal(path: Path, **limits: int) -> str:
    with pytest.raises(SheetError) as caught:
        read(path, **limits)
    return caught.value.code


# reading what is right


def test_workbook_gives_typed_values_and_excel_row_numbers(book: Callable[..., Path]) -> None:
    sheet = read(
        book(
            ["检查台账"],
            ["编号", "名称", "数量", "比例", "日期", "时间", "是否"],
            [
                "001",
                "甲",
                3,
                1.5,
                dt.date(2026, 3, 5),
                dt.datetime.fromisoformat("2026-03-05T08:30"),
                True,
            ],
            [],
            ["002", "乙", 4.0, -2.25, dt.date(1999, 12, 31), None, False],
        )
    )
    first, second = sheet.rows()
    assert (sheet.kind, sheet.header_row, sheet.n_rows) == ("xlsx", 2, 2)
    assert sheet.header == ["编号", "名称", "数量", "比例", "日期", "时间", "是否"]
    assert first.number == 3
    assert list(first.values.values()) == [
        "001", "甲", 3, 1.5, dt.date(2026, 3, 5), dt.datetime.fromisoformat("2026-03-05T08:30"), True,
    ]  # fmt: skip
    assert (second.number, second.values["数量"], second.values["时间"]) == (5, 4, None)
    assert first.problem is None


def test_rows_resume_where_they_stopped(book: Callable[..., Path]) -> None:
    sheet = read(book(["编号", "名称"], *([f"{n:03}", f"第{n}"] for n in range(50))))
    everything = list(sheet.rows())
    assert list(sheet.rows(start=30)) == everything[30:]
    assert not list(sheet.rows(start=50))
    assert list(sheet.rows()) == everything


def test_chinese_date_formats_are_dates_and_other_formats_are_not(
    book: Callable[..., Path],
) -> None:
    def change(made: openpyxl.Workbook) -> None:
        for column, code in enumerate(
            ['yyyy"年"m"月"d"日"', "[$-804]m月d日", "[DBNum1]yyyy-mm", '0.00"d"', "[h]:mm", "h:mm"],
            1,
        ):
            made.active.cell(2, column, 0.5 if column == 6 else 46086).number_format = code

    row = next(read(book(list("甲乙丙丁戊己"), change=change)).rows())
    assert list(row.values.values()) == [dt.date(2026, 3, 5)] * 3 + [46086, 46086, "12:00"]


def test_formula_without_value_is_kept_as_text_and_noted(book: Callable[..., Path]) -> None:
    row = next(read(book(["编号", "合计"], ["A-1", "=SUM(1,2)"])).rows())
    assert row.values["合计"] == "=SUM(1,2)"
    assert "合计" in row.notes
    assert row.problem is None


def test_formula_with_cached_value_gives_the_value(tmp_path: Path) -> None:
    cells = "<row r='2'><c r='A2'><f>1+2</f><v>3</v></c><c r='B2' t='e'><f>1/0</f><v>#DIV/0!</v></c></row>"
    row = next(read(raw_book(tmp_path / "b", HEAD_ROW + cells)).rows())
    assert row.values == {"编号": 3, "名称": None}
    assert "B2" in str(row.problem)


def test_codes_keep_digits_and_long_numbers_are_refused(book: Callable[..., Path]) -> None:
    rows = list(
        read(
            book(["代码", "名称"], ["91350100M000100Y43", "甲"], [180000000000000123, "乙"])
        ).rows()
    )
    assert rows[0].values["代码"] == "91350100M000100Y43"
    assert rows[0].problem is None
    assert "A3" in str(rows[1].problem)


def test_hidden_worksheets_and_empty_ones_are_passed_over(book: Callable[..., Path]) -> None:
    def change(made: openpyxl.Workbook) -> None:
        made.active.sheet_state = "hidden"
        made.create_sheet("空")
        made.create_sheet("台账").append(["编号", "名称"])
        made["台账"].append(["1", "甲"])

    sheet = read(book(["别的", "东西"], ["x", "y"], change=change))
    assert (sheet.worksheet, sheet.header) == ("台账", ["编号", "名称"])


def test_styled_empty_cells_far_away_do_not_widen_the_table(tmp_path: Path) -> None:
    far = (
        "<row r='2'><c r='A2' t='inlineStr'><is><t>甲</t></is></c><c r='XFD2' s='0'/></row>"
        "<row r='1048576'><c r='A1048576'/></row>"
    )
    sheet = read(raw_book(tmp_path / "b", HEAD_ROW + far))
    assert (sheet.header, sheet.n_rows) == (["编号", "名称"], 1)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_in_every_encoding_and_delimiter(
    put: Callable[..., Path], encoding: str, delimiter: str
) -> None:
    lines = [
        ["编号", "名称", "地址"],
        ["001", "龘鑫食品厂", "东街1号"],
        ["002", "旺角酒楼", "西街2号"],
    ]
    sheet = read(put("\r\n".join(delimiter.join(line) for line in lines).encode(encoding)))
    assert sheet.header == lines[0]
    assert [list(row.values.values()) for row in sheet.rows()] == lines[1:]
    assert [row.number for row in sheet.rows()] == [2, 3]


def test_csv_quotes_blank_lines_and_an_unclosed_quote(put: Callable[..., Path]) -> None:
    text = 'a,b\n1,"x,\n""y"""\n\n2,5" pipe\n3,"open\n4,z\n5,six,seven\n'
    rows = list(read(put(text)).rows())
    assert [row.number for row in rows] == [2, 4, 5, 6, 7]
    assert rows[0].values == {"a": "1", "b": 'x,\n"y"'}
    assert rows[1].values == {"a": "2", "b": '5" pipe'}
    assert rows[2].problem is not None
    assert rows[2].values == {UNREAD: '3,"open'}
    assert rows[3].values == {"a": "4", "b": "z"}
    assert rows[4].problem is not None


def test_csv_formula_is_text_with_a_note_and_numbers_are_left_alone(
    put: Callable[..., Path],
) -> None:
    rows = list(read(put("名称,值\n=cmd|' /C calc'!A0,-5\n@SUM(A1),+8.5\n甲,1.8E+17\n")).rows())
    assert [sorted(row.notes) for row in rows] == [["名称"], ["名称"], []]
    assert rows[0].values["名称"] == "=cmd|' /C calc'!A0"
    assert [row.problem is None for row in rows] == [True, True, False]


def test_one_unreadable_character_spoils_one_row(put: Callable[..., Path]) -> None:
    content = "编号,名称\n".encode("gb18030") + b"".join(
        f"{n},第{n}家企业\n".encode("gb18030") for n in range(500)
    )
    damaged = content.replace("第250家".encode("gb18030"), b"\xff250" + "家".encode("gb18030"))
    assert [row.number for row in read(put(damaged)).rows() if row.problem] == [252]


def test_jsonl_goes_on_after_a_bad_line(put: Callable[..., Path]) -> None:
    text = '{"编号": "1", "数": 910000000000000001}\n{bad\n\n{"编号": "2", "新": {"a": [1]}}\n[1]\n{"编号": "\\ud800\\u0000"}\n'
    sheet = read(put(text))
    rows = list(sheet.rows())
    assert sheet.header == ["编号", "数", "新"]
    assert [(row.number, row.problem is None) for row in rows] == [
        (1, True),
        (2, False),
        (4, True),
        (5, False),
        (6, False),
    ]
    assert rows[0].values["数"] == 910000000000000001
    assert rows[2].values["新"] == '{"a": [1]}'
    assert rows[1].values == {UNREAD: "{bad"}


def test_header_names_are_unique_and_never_blank(put: Callable[..., Path]) -> None:
    sheet = read(put("名称,,名称\n甲,乙,丙\n"))
    assert sheet.header == ["名称", "[B]", "名称 (2)"]


# refusing what is wrong


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b"\n \n", "file.empty"),
        (b"%PDF-1.7 \x00\x01", "type.unknown"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "type.unknown"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "type.unknown"),
        (b"MZ\x90\x00\x03\x00", "type.unknown"),
        (b"PK\x05\x06" + bytes(18), "type.unknown"),
        (b"PK\x03\x04 cut off", "file.broken"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "type.markup"),
        ('[{"a": 1}, {"a": 2}]', "json.array"),
        ("1,2,3\n4,5,6\n", "header.missing"),
        ("编号,名称\n", "file.empty"),
        (bytes(range(256)) * 20, "type.unknown"),
        (",".join(f"列{n}" for n in range(201)) + "\n" + ",".join("1" * 201) + "\n", "columns.many"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "file.password"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600) + "Workbook".encode("utf-16-le"), "type.old"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600) + "WordDocument".encode("utf-16-le"), "type.unknown"),
    ],
)  # fmt: skip
def test_wrong_files_are_refused_by_content(
    put: Callable[..., Path], content: bytes | str, code: str
) -> None:
    assert refusal(put(content, "台账.xlsx")) == code


def test_200_megabytes_are_refused_by_size_alone(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    assert refusal(path) == "file.large"


def test_macros_are_refused(tmp_path: Path) -> None:
    assert refusal(raw_book(tmp_path / "a", HEAD_ROW, {"xl/vbaProject.bin": "x"})) == "file.macro"
    types = "<Types><Override ContentType='application/vnd.ms-excel.sheet.macroEnabled.main+xml'/></Types>"
    assert (
        refusal(raw_book(tmp_path / "b", HEAD_ROW, {"[Content_Types].xml": types})) == "file.macro"
    )


def test_other_containers_are_refused(tmp_path: Path) -> None:
    for name, code in {
        "word/document.xml": "type.unknown",
        "content.xml": "type.other",
        "xl/workbook.bin": "type.other",
    }.items():
        path = tmp_path / "x"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr(name, "x")
        assert refusal(path) == code


def test_zip_bomb_is_refused_from_its_directory(tmp_path: Path) -> None:
    bomb = raw_book(tmp_path / "bomb.xlsx", HEAD_ROW, {"xl/media/x": "0" * 60_000_000})
    assert bomb.stat().st_size < 200_000
    assert refusal(bomb) == "file.bomb"


def test_zip_bomb_that_lies_about_its_size_is_stopped_while_reading(tmp_path: Path) -> None:
    path = raw_book(tmp_path / "liar.xlsx", "<row r='1'/>" + " " * 30_000_000)
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 24, 1000)
    path.write_bytes(content)
    assert refusal(path) == "file.broken"


def test_entities_are_refused(tmp_path: Path) -> None:
    laughs = (
        '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
        f"<worksheet xmlns='{NS}'><sheetData>&b;</sheetData></worksheet>"
    )
    assert (
        refusal(raw_book(tmp_path / "a", "", {"xl/worksheets/sheet1.xml": laughs}))
        == "file.entities"
    )
    assert (
        refusal(
            raw_book(
                tmp_path / "b",
                HEAD_ROW,
                {"xl/sharedStrings.xml": '<!DOCTYPE s SYSTEM "http://x/y"><sst/>'},
            )
        )
        == "file.entities"
    )


def test_far_apart_cells_and_amplified_texts_cost_no_memory(tmp_path: Path) -> None:
    corner = "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"
    assert refusal(raw_book(tmp_path / "a", HEAD_ROW + corner)) == "columns.many"
    table = f"<sst xmlns='{NS}'><si><t>{'长' * 30_000}</t></si></sst>"
    cells = "".join(f"<row r='{n}'><c r='A{n}' t='s'><v>0</v></c></row>" for n in range(2, 20_002))
    rows = read(raw_book(tmp_path / "b", HEAD_ROW + cells, {"xl/sharedStrings.xml": table})).rows()
    assert sum(row.problem is not None for row in rows) == 20_000


def test_external_worksheets_are_not_followed(tmp_path: Path) -> None:
    link = f"<Relationship Id='rId1' Type='{REL}/worksheet' Target='http://x/y.xml' TargetMode='External'/>"
    links = f"<Relationships>{link}</Relationships>"
    assert (
        refusal(raw_book(tmp_path / "a", HEAD_ROW, {"xl/_rels/workbook.xml.rels": links}))
        == "file.empty"
    )


def test_contradicting_workbooks_are_refused(tmp_path: Path) -> None:
    for rows in (
        "<row r='5'/><row r='5'/>",
        "<row r='9999999'/>",
        "<row r='1'><c r='5A'><v>1</v></c></row>",
        "<row>",
    ):
        assert (
            refusal(raw_book(tmp_path / "x", HEAD_ROW.replace("r='1'", "r='2'", 1) + rows))
            == "file.broken"
        )


def test_limits_on_rows_and_cell_length(
    put: Callable[..., Path], book: Callable[..., Path]
) -> None:
    assert refusal(put("甲,乙\n" + "a,b\n" * 31), rows=30) == "rows.many"
    assert refusal(book(["甲", "乙"], *(["a", "b"] for _ in range(31))), rows=30) == "rows.many"
    assert refusal(put('{"a": 1}\n' * 31), rows=30) == "rows.many"
    assert next(read(put("甲,乙\n" + "长" * 10_001 + ",b\n")).rows()).problem is not None
    assert next(read(book(["甲", "乙"], ["长" * 10_001, "b"])).rows()).problem is not None


def test_every_refusal_has_a_code_and_words() -> None:
    error = SheetError("a.b", "words")
    assert (error.code, str(error)) == ("a.b", "words")


# garbage never gives another exception

GARBAGE = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def consume(path: Path) -> None:
    try:
        sheet = read(path)
    except SheetError:
        return
    for row in sheet.rows():
        assert row.number > 0
        assert row.problem is not None or set(row.values) == set(sheet.header)


@GARBAGE
@given(content=st.binary(max_size=400))
def test_any_bytes(put: Callable[..., Path], content: bytes) -> None:
    consume(put(content))


@GARBAGE
@given(text=st.text(alphabet="ab甲,;\t\n\r\"'=1\x00{}[]:😀\ufeff", max_size=200))
def test_any_text(put: Callable[..., Path], text: str) -> None:
    consume(put("甲,乙\n" + text))
    consume(put('{"a": 1}\n' + text))


@GARBAGE
@given(at=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.integers(0, 10_000))
def test_any_damage_to_a_workbook(tmp_path: Path, at: int, byte: int, cut: int) -> None:
    row = "<row r='2'><c r='A2' s='0'><v>1</v></c><c r='B2' t='s'><v>0</v></c></row>"
    path = raw_book(
        tmp_path / "x", HEAD_ROW + row, {"xl/sharedStrings.xml": "<sst><si><t>甲</t></si></sst>"}
    )
    content = bytearray(path.read_bytes())
    content[at % len(content)] = byte
    path.write_bytes(content[: cut % len(content)] if cut % 3 == 0 else content)
    consume(path)


@GARBAGE
@given(inside=st.lists(st.sampled_from([
    "<row>", "</row>", "<row r='3'>", "<row r='x'>", "<c>", "<c t='s'>", "<c t='b' s='9'>", "<c r='B2' s='-1'>",
    "</c>", "<v>", "</v>",
    "-1", "9e999", "nan", "<f>", "</f>", "<is><t>", "</t></is>", "&#x41;", "<![CDATA[x]]>", "<x:c xmlns:x='y'>",
]), max_size=25))  # fmt: skip
def test_any_worksheet_markup(tmp_path: Path, inside: list[str]) -> None:
    consume(raw_book(tmp_path / "x", HEAD_ROW + "".join(inside)))


# values and columns


@pytest.mark.parametrize("value", [
    "2026-03-05", "2026/3/5", "2026.3.5", "2026年3月5日", "２０２６－０３－０５", "20260305", 20260305, 46086, 46086.4, "46086",
    "2026-03-05T10:20:00+08:00", "2026-03-05 10:20", dt.date(2026, 3, 5), dt.datetime.fromisoformat("2026-03-05T23:59"),
])  # fmt: skip
def test_dates_as_people_write_them(value: Any) -> None:
    assert parse_date(value) == dt.date(2026, 3, 5)


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-30",
        "2026-13-01",
        "明天",
        "3月5日",
        "0026-01-01",
        60,
        -1,
        1e12,
        True,
        float("nan"),
        float("inf"),
    ],
)
def test_impossible_dates(value: Any) -> None:
    with pytest.raises(BadValueError) as caught:
        parse_date(value)
    assert caught.value.code == "date.impossible"
    assert str(caught.value)


def test_no_date_is_none() -> None:
    assert [parse_date(value) for value in (None, "", "  ")] == [None] * 3


def test_codes_are_narrowed_but_not_changed() -> None:
    assert parse_code("９１３５０１００ m0001 00Y43") == "91350100m000100Y43"
    assert parse_code(123.0) == "123"
    assert parse_code(None) == ""
    with pytest.raises(BadValueError):
        parse_code(1.8e17)


def test_columns_are_found_by_label_alias_and_remark() -> None:
    columns = [
        Column("name", "企业名称", ("单位名称", "名称"), required=True),
        Column("code", "统一社会信用代码", ("信用代码",), required=True),
        Column("place", "地址"),
        Column("phone", "电话", required=True),
    ]
    header = ["未导入原因", "名称", "＊企业 名称（必填）", "信用代码:", "地　址"]
    matched = match_columns(header, columns)
    assert matched == {"name": "名称", "code": "信用代码:", "place": "地　址", "phone": None}
    assert match_columns(["名称", "企业名称*"], columns)["name"] == "企业名称*"
    assert [column.key for column in missing_columns(matched, columns)] == ["phone"]


# writing

HOSTILE = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    '=HYPERLINK("http://x")',
    "http://x.cn",
    "'quoted",
    "0012",
    "a\x00b",
    "长" * 40_000,
]


def test_written_workbook_holds_text_not_formulas(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    moment = dt.datetime(2026, 3, 5, 1, 2, tzinfo=dt.UTC)
    rows = [[text, 7, dt.date(2026, 3, 5), moment, 91350100000000001] for text in HOSTILE]
    assert write_xlsx(
        path, ["文本", "编号", "日期", "时间", "长号"], rows, title="台账[1]", text_columns=["编号"]
    ) == len(HOSTILE)
    sheet = openpyxl.load_workbook(path).active
    assert {cell.data_type for cell in sheet["A"]} == {"s"}
    assert not sheet._hyperlinks
    assert (sheet["B2"].value, sheet["E2"].value) == ("7", "91350100000000001")
    assert (sheet["C2"].value, sheet["D2"].value) == (
        dt.datetime.fromisoformat("2026-03-05T00:00"),
        dt.datetime.fromisoformat("2026-03-05T09:02"),
    )
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", f"A1:E{len(HOSTILE) + 1}")
    assert sheet["A2"].quotePrefix
    assert sheet["A6"].value == "=1"


def test_written_csv_is_neutral_and_comes_back_the_same(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    texts = [
        text for text in HOSTILE if len(text) < 100 and "\x00" not in text and "\t" not in text
    ]
    write_csv(path, ["文本", "数"], ([text, -5] for text in texts))
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\n=" not in content
    assert b",-5\r\n" in content
    assert [row.values["文本"] for row in read(path).rows()] == texts


def test_csv_to_a_buffer_leaves_it_open() -> None:
    buffer = io.BytesIO()
    assert write_csv(buffer, ["甲"], [["1"]]) == 1
    assert buffer.getvalue().decode("utf-8-sig") == "甲\r\n1\r\n"


def test_refused_rows_go_out_and_come_back(put: Callable[..., Path], tmp_path: Path) -> None:
    sheet = read(put('编号,名称,日期\n001,甲,2026-02-30\n002,"乙\n'))
    out = tmp_path / "refused.xlsx"
    refused = [(row.number, row.values, row.problem or "日期不存在") for row in sheet.rows()]
    assert refused_sheet(out, sheet.header, refused) == 2
    again = read(out)
    assert again.header == sheet.header
    assert next(again.rows()).values == {"编号": "001", "名称": "甲", "日期": "2026-02-30"}
    cells = openpyxl.load_workbook(out).active
    assert is_reason_column(cells["A1"].value)
    assert cells["A2"].value == "日期不存在"
    assert cells["E3"].value == '002,"乙'


def test_the_reason_column_is_known_in_both_languages() -> None:
    assert is_reason_column(str(REASON))
    assert is_reason_column("未导入原因")
    assert not is_reason_column("原因")


def test_a_long_table_reads_with_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.xlsx"
    write_xlsx(
        path, ["编号", "名称"], ([f"{n:06}", f"第{n}家"] for n in range(30_000)), title="长表"
    )
    sheet = read(path)
    assert sheet.n_rows == 30_000
    assert next(sheet.rows(start=29_000)).values == {"编号": "029000", "名称": "第29000家"}
    assert path.stat().st_size < 2_000_000
