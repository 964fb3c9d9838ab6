"""Sheets beside the photos: read as people's programs write them, and every fault told by row and column."""

from __future__ import annotations

import codecs
import io
import zipfile

import pytest

from backdrop_client.errors import WrongUse
from backdrop_client.sheets.sheet import Wish, read_sheet, write_template
from backdrop_client.sheets.tables import read_table

PHOTOS = ("SKU-A/front.jpg", "SKU-A/Café.jpg", "SKU-B/front.jpg")


def faults(text: str, photos: tuple[str, ...] = PHOTOS) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.message) for one in read_sheet(text.encode(), photos).faults]


@pytest.mark.parametrize(
    "data",
    [
        "File,Prompt\r\nCafé.jpg,on a desk\r\n".encode(),
        "\ufeffFile;Prompt\nCafé.jpg;on a desk".encode(),
        "File\tPrompt\nCafé.jpg\ton a desk".encode("cp1252"),
        codecs.BOM_UTF16_LE + "File\tPrompt\r\nCafé.jpg\ton a desk\r\n".encode("utf-16-le"),
    ],
    ids=["comma", "semicolon", "tab", "utf-16"],
)
def test_tables_are_read_as_spreadsheets_save_them(data: bytes) -> None:
    sheet = read_sheet(data, PHOTOS)
    assert not sheet.faults
    assert sheet.wishes == {1: Wish(2, "on a desk")}
    assert sheet.without == ["SKU-A/front.jpg", "SKU-B/front.jpg"]


def test_the_line_that_names_the_separator_is_a_row_and_no_heading() -> None:
    sheet = read_sheet(b"sep=;\r\nFile;Prompt\r\nCafe.jpg;x", PHOTOS)
    assert [(one.row, one.message) for one in sheet.faults] == [(3, "“Cafe.jpg” is none of the photos.")]


def test_a_cell_may_have_separators_lines_and_several_labels() -> None:
    sheet = read_sheet(
        b'File,Prompt,Labels\n"SKU-A/front.jpg","warm, on\noak","Mug; Cup,Mug"\n\n SKU-B\\FRONT.JPG , x ,', PHOTOS
    )
    assert not sheet.faults
    assert sheet.wishes == {0: Wish(2, "warm, on\noak", ("Mug", "Cup")), 2: Wish(4, "x")}


def test_names_are_compared_without_case_and_unicode_form_and_by_their_end() -> None:
    data = "file name,PROMPT\ncafe\u0301.JPG,a\nsku-b/front.jpg,b\n".encode()
    assert {place: wish.prompt for place, wish in read_sheet(data, PHOTOS).wishes.items()} == {1: "a", 2: "b"}


def test_a_photos_very_path_comes_before_the_end_of_anothers() -> None:
    assert list(read_sheet(b"File\nfront.jpg", ("a/front.jpg", "front.jpg")).wishes) == [1]


def test_all_faults_are_told_at_once() -> None:
    text = (
        "File,Prompt,Colour,prompt\n"
        "front.jpg,a,,\n"
        "SKU-A/front.jpg,b,,\n"
        "nowhere.jpg,c,,\n"
        "sku-a/FRONT.jpg,d,,\n"
        ",e,,\n"
        "SKU-B/front.jpg,warm, on oak,,too far\n"
    )
    assert faults(text) == [
        (1, "Colour", "There is no such column."),
        (1, "prompt", "The column is there twice."),
        (2, "File", "“front.jpg” is the name of 2 photos: “SKU-A/front.jpg”, “SKU-B/front.jpg”."),
        (4, "File", "“nowhere.jpg” is none of the photos."),
        (5, "File", "“SKU-A/front.jpg” is in row 3 already."),
        (6, "File", "The row names no photo."),
        (7, "column 5", "“too far” stands in a column without a heading."),
    ]


@pytest.mark.parametrize(
    ("text", "row", "said"),
    [
        ("", 1, "The sheet is empty."),
        ("\n\n,,\n", 1, "The sheet is empty."),
        ("Prompt,Labels\nx,y\n", 1, "No column says which photo a row is about."),
        ("\nPhoto number,Prompt\nx,y\n", 2, "No column says which photo a row is about."),
    ],
)
def test_a_sheet_that_names_no_photos_is_told(text: str, row: int, said: str) -> None:
    assert (row, said) in [(one[0], one[2]) for one in faults(text)]


def test_two_photos_of_one_name_are_told_apart_by_nothing() -> None:
    assert faults("File\na.jpg", ("a.jpg", "a.jpg")) == [
        (2, "File", "“a.jpg” is the name of 2 photos: “a.jpg”."),
    ]


def test_a_template_is_a_sheet_of_what_is_there_and_inert_in_a_spreadsheet() -> None:
    photos = ("=cmd.jpg", "a.jpg")
    wishes = {0: Wish(2, "-5 degrees, snow", ("Mug", "Cup"), "-7", "hero")}
    text = write_template(photos, wishes)

    assert text.splitlines() == [
        "File,SKU,Prompt,Backdrop,Labels,Output name",
        """'=cmd.jpg,'-7,"'-5 degrees, snow",,"Mug, Cup",hero""",
        "a.jpg,,,,,",
    ]
    assert read_sheet(text.encode(), photos).wishes == {**wishes, 1: Wish(3)}


def workbook(rows: str, shared: str = "", **parts: str) -> bytes:
    """An Excel workbook whose second sheet comes first in the file, as after people have moved them."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    held = {
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{relations}"><sheets><sheet name="P" sheetId="2" r:id="rId7"/>'
        '<sheet name="Q" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="r"><Relationship Id="rId1" Target="worksheets/q.xml"/>'
        '<Relationship Id="rId7" Target="/xl/worksheets/p.xml"/></Relationships>',
        "xl/worksheets/p.xml": f"<worksheet {main}><sheetData>{rows}</sheetData></worksheet>",
        "xl/sharedStrings.xml": f"<sst {main}>{shared}</sst>",
        **parts,
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in held.items():
            archive.writestr(name, text)
    return made.getvalue()


def test_an_excel_workbook_is_read_with_its_gaps_styles_and_numbers() -> None:
    shared = "<si><t>File</t></si><si><r><t>on a </t></r><r><t>desk</t></r><rPh><t>read</t></rPh></si>"
    rows = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>Prompt</t></is></c></row>'
        '<row r="3"><c r="A3" t="str"><f>A9</f><v>a.jpg</v></c><c r="C3" t="s"><v>1</v></c></row>'
        '<row><c><v>4.006381333931E12</v></c><c/><c r="AA4"><v>7</v></c></row>'
    )
    table = read_table(workbook(rows, shared))
    assert table[:3] == [["File", "", "Prompt"], [], ["a.jpg", "", "on a desk"]]
    assert (table[3][0], len(table[3]), table[3][26]) == ("4006381333931", 27, "7")
    assert read_sheet(workbook(rows, shared), ("a.jpg", "4006381333931")).faults[0].row == 4


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0",
        b"PK\x03\x04 no archive",
        workbook("<row><c t='s'><v>5</v></c></row>"),
        workbook("<row r='99999999'><c><v>1</v></c></row>"),
        workbook("<row><c r='ZZZ1'><v>1</v></c></row>"),
        workbook("<row>"),
        workbook("", **{"xl/worksheets/p.xml": " " * 10_000_001}),
        workbook("", **{"xl/workbook.xml": "<workbook/>"}),
        b'File\n"never closed',
        b"x" * 10_000_001,
        b"a\n" * 50_001,
    ],
)
def test_what_is_no_table_or_too_large_is_refused(data: bytes) -> None:
    with pytest.raises(WrongUse) as caught:
        read_table(data)
    assert caught.value.code == "SHEET_UNREADABLE"
    assert caught.value.next_step
