"""Tables from files: what is read, and what is refused in one line without repeating the file."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import InputError, ReadError
from hevesy.workflow.table_file import parse_mapping, read_table

WANTED = ("region", "time_h", "activity_mbq")
PLAIN = "region,time_h,activity_mbq\nliver,4,1.5\nspleen,24,2e1\nliver,96, .5 \n"


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "tac.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_columns_lines_and_groups(file):
    table = read_table(file(PLAIN), WANTED, ("standard_uncertainty_mbq",))
    assert len(table) == 3
    assert "standard_uncertainty_mbq" not in table
    assert table.texts("region") == ("liver", "spleen", "liver")
    np.testing.assert_array_equal(table.numbers("activity_mbq"), [1.5, 20.0, 0.5])
    assert table.groups("region") == {("liver",): [0, 2], ("spleen",): [1]}
    assert table.where(1, "time_h") == "tac.csv, line 3, time_h"
    assert len(table.sha256) == 64


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.replace("\n", "\r\n"),
        "\ufeff" + PLAIN,
        PLAIN.replace("\nspleen", "\n\n,,\nspleen"),
        PLAIN.replace("liver,4", '"liver",4'),
        PLAIN.rstrip("\n"),
    ],
    ids=["crlf", "byte order mark", "blank lines", "quotes", "no last newline"],
)
def test_same_values_however_written(file, content):
    table = read_table(file(content), WANTED)
    np.testing.assert_array_equal(table.numbers("time_h"), [4.0, 24.0, 96.0])


def test_mapped_and_ignored_headers(file):
    path = file("organ,t,A,note\nliver,4,1,x\n")
    mapping = parse_mapping("region=organ, time_h=t,activity_mbq=A", WANTED)
    assert read_table(path, WANTED, mapping=mapping, ignored=("note",)).texts("region") == ("liver",)


def test_quoted_commas_and_letters_of_any_language(file):
    table = read_table(file('region,time_h,activity_mbq\n"rein, gauche é",4,1\n'), WANTED)
    assert table.texts("region") == ("rein, gauche é",)


BAD = {
    "empty": ("", "an empty file"),
    "header only": ("region,time_h,activity_mbq\n", "at least one row"),
    "missing": ("region,time_h\nliver,4\n", "no activity_mbq came"),
    "another header": ("region,time_h,activity_mbq,u\nliver,4,1,1\n", "column 4 has another header"),
    "capitals": (PLAIN.replace("region", "Region"), "no region came"),
    "twice": ("region,time_h,time_h,activity_mbq\nliver,4,4,1\n", "it came 2 times"),
    "few": ("region,time_h,activity_mbq\nliver,4\n", "line 2: expected 3 values as in the header, but 2 came"),
    "many": ("region,time_h,activity_mbq\nliver,4,1,5\n", "but 4 came"),
    "semicolons": (PLAIN.replace(",", ";"), "semicolons came"),
    "tabs": (PLAIN.replace(",", "\t"), "tabs came"),
    "open quote": ('region,time_h,activity_mbq\n"liver,4,1\n', "comma-separated"),
    "latin-1": ("region,time_h,activity_mbq\nmés,4,1\n".encode("latin-1"), "UTF-8"),
    "utf-16": (PLAIN.encode("utf-16"), "UTF-8"),
    "zero bytes": (PLAIN.encode() + b"\x00", "zero bytes"),
    "random": (bytes(range(256)), "UTF-8"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_such_table_is_refused_in_one_line(file, name):
    content, message = BAD[name]
    with pytest.raises(ReadError, match=message) as refused:
        read_table(file(content), WANTED)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith("tac.csv")


def test_a_large_file_and_none(file, tmp_path, monkeypatch):
    path = file(PLAIN)
    monkeypatch.setattr("hevesy.workflow.table_file._LARGEST_BYTES", len(PLAIN) - 1)
    with pytest.raises(ReadError, match="a larger one came"):
        read_table(path, WANTED)
    with pytest.raises(ReadError, match="No such file"):
        read_table(tmp_path / "none.csv", WANTED)
    with pytest.raises(ReadError, match="directory"):
        read_table(tmp_path, WANTED)


@pytest.mark.parametrize(
    ("cell", "message"),
    [("", "an empty cell"), ('"1,5"', "decimal comma"), ("1_0", "something else"), ("Doe", "something else"),
     ("nan", "something else"), ("٣", "something else"), ("1e999", "out of range"), ("0x1", "something else")],
)  # fmt: skip
def test_a_cell_without_a_number_names_its_place_and_does_not_repeat_it(file, cell, message):
    table = read_table(file(f"region,time_h,activity_mbq\nliver,4,1\nliver,{cell},1\n"), WANTED)
    with pytest.raises(ReadError, match=f"line 3, time_h: .*{message}") as refused:
        table.numbers("time_h")
    assert "Doe" not in str(refused.value)


def test_not_finite_and_gaps_only_where_asked(file):
    table = read_table(file("region,time_h,activity_mbq\nliver,4,NaN\nliver,,-inf\n"), WANTED)
    activity = table.numbers("activity_mbq", finite=False)
    assert math.isnan(activity[0])
    assert activity[1] == -math.inf
    assert np.isnan(table.numbers("time_h", gaps=True)[1])


@pytest.mark.parametrize("cell", ["", "a\x1b[31m", "x" * 401])
def test_a_name_is_a_printable_text(file, cell):
    table = read_table(file(f"region,time_h,activity_mbq\n{cell},4,1\n"), WANTED)
    with pytest.raises(ReadError, match="line 2, region: expected a printable text"):
        table.texts("region")


@pytest.mark.parametrize("text", ["", "region", "region=", "=organ", "organ=region", "region=a,region=b",
                                  "region=a,time_h=a", "region=a,,time_h=b"])  # fmt: skip
def test_a_mapping_that_is_none(text):
    with pytest.raises(InputError, match=r"^--columns: "):
        parse_mapping(text, WANTED)


def test_a_mapped_or_ignored_header_has_to_be_there(file):
    with pytest.raises(ReadError, match="'organ' of region"):
        read_table(file(PLAIN), WANTED, mapping={"region": "organ"})
    with pytest.raises(ReadError, match="'note' to ignore"):
        read_table(file(PLAIN), WANTED, ignored=("note",))
    with pytest.raises(ReadError, match="column 1 has another header"):
        read_table(file("region,organ,time_h,activity_mbq\na,b,1,2\n"), WANTED, mapping={"region": "organ"})


def test_no_mapping():
    assert parse_mapping(None, WANTED) == {}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_return_exactly(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("numbers") / "t.csv"
    path.write_text(f"region,time_h,activity_mbq\na,{value!r},1\n")
    assert read_table(path, WANTED).numbers("time_h")[0] == value
