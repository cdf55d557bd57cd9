"""Lists of applicants as files: what is read, and how a broken one is refused with line and field."""

from __future__ import annotations

import base64
import json

import pytest
from applications_bench import ON, POINT, no_photos
from hypothesis import given, settings
from hypothesis import strategies as st

from card_os.crypto.sm3 import sm3
from issuer.applications.list_file import ListRefusedError, read_list
from issuer.applications.photo_intake import MOST_BYTES
from lab.applicant_list import make_list

HEADER = f"rhc-applications/1,count=1,point={POINT}"
COLUMNS = "document_type,document_number,holder_name"


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"\xff\xfe", "line 1, –: the text is not UTF-8"),
        (f"{HEADER}\n{COLUMNS}\n".encode() + b"01,1,\xd5\xc5\n", "line 3, –: the text is not UTF-8"),
        ("", "line 1, format"),
        ("rhc-applications/2,count=1", "line 1, format"),
        (f"rhc-applications/1,point={POINT}", "line 1, count: it must be given"),
        ("rhc-applications/1,count=1", "line 1, point: it must be given"),
        (f"rhc-applications/1,count=0,point={POINT}", "line 1, count: a number from 1"),
        (f"rhc-applications/1,count=-1,point={POINT}", "line 1, count: a number from 1"),
        (f"{HEADER},author=x", "line 1, author: the header knows"),
        (f"{HEADER},source=03", "line 1, source: the code is not one of 01 02"),
        (f"{HEADER},documents=x", "line 1, documents: the code is not one of"),
        (f"{HEADER},digest=00\n{COLUMNS}\n01,1,x", "line 1, digest: it is not the SM3"),
        (f"{HEADER}\n{COLUMNS}\n", "line 1, count: 1 are announced, there are 0"),
        (f"{HEADER}\n{COLUMNS}\n01,1,x\n01,2,y\n", "line 1, count: 1 are announced, there are 2"),
        (f"{HEADER}\n{COLUMNS},holder_nane\n", "line 2, holder_nane: an unknown field.*holder_name"),
        (f"{HEADER}\n{COLUMNS},姓名\n", "line 2, holder_name: it stands twice"),
        (f"{HEADER}\n{COLUMNS}\n01,1,x,y\n", "line 3, –: 4 cells for 3 columns"),
        (f'{HEADER}\n{COLUMNS}\n01,1,"x\n', "line 3, –: this is not CSV"),
        (f"{HEADER}\n{COLUMNS},photo_base64\n01,1,x,??\n", "line 3, photo_base64: this is not base64"),
        ("{", "line 1, format: this is not JSON"),
        ('{"format": "x"}', "line 1, format"),
        (
            f'{{"format": "rhc-applications/1", "count": 1, "point": "{POINT}"}}\n[]',
            "line 2, –: a JSON object",
        ),
        (f'{{"format": "rhc-applications/1", "count": 1, "point": "{POINT}"}}\n{{', "line 2, –: this is not"),
        (
            f'{{"format": "rhc-applications/1", "count": 1, "point": "{POINT}"}}\n{{"address_1": 1}}',
            "line 2, address_1: a text",
        ),
        (
            f'{{"format": "rhc-applications/1", "count": 1, "point": "{POINT}"}}\n'
            '{"address_1": "a", "address_1": "b"}',
            "line 2, address_1: it stands twice",
        ),
    ],
)
def test_a_broken_list_is_refused_with_line_and_field(raw, told):
    with pytest.raises(ListRefusedError, match=told):
        read_list(raw if isinstance(raw, bytes) else raw.encode(), no_photos)


def test_both_forms_of_a_list_say_the_same():
    as_json, as_csv = (make_list(50, 7, ON, point=POINT, as_csv=kind) for kind in (False, True))
    one, other = read_list(as_json.raw, no_photos), read_list(as_csv.raw, as_csv.photos.__getitem__)
    assert one.digest == sm3(as_json.raw)
    assert [line.form for line in one.lines] == [line.form for line in other.lines]
    assert [line.line for line in one.lines] == list(range(2, 52))
    assert [line.line for line in other.lines] == list(range(3, 53))


def test_cells_with_line_breaks_do_not_shift_the_lines():
    text = f'rhc-applications/1,count=3,point={POINT}\n{COLUMNS}\n01,1,"a\nb"\n\n01,2,c\n01,3,d\n'
    assert [line.line for line in read_list(text.encode(), no_photos).lines] == [3, 6, 7]


def test_a_photo_of_the_largest_size_fits_into_a_cell():
    photo = bytes(MOST_BYTES)
    body = f"holder_name,photo_base64\nx,{base64.b64encode(photo).decode()}\n"
    (line,) = read_list(f"{HEADER}\n{body}".encode(), no_photos).lines
    assert line.form.photo == photo


def test_a_digest_of_what_follows_is_accepted():
    body = f"{COLUMNS}\n01,1,x\n"
    header = f"{HEADER},digest={sm3(body.encode()).hex()}"
    assert len(read_list(f"{header}\n{body}".encode(), no_photos).lines) == 1


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode), st.booleans())
def test_nothing_but_plain_refusals_comes_of_any_bytes(raw, with_header):
    try:
        read_list((HEADER.encode() + b"\n" if with_header else b"") + raw, no_photos)
    except ListRefusedError as error:
        told = str(error)
    else:
        return
    assert "\n" not in told


@settings(max_examples=100, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists, max_leaves=5))
def test_json_of_any_shape_is_refused_or_read(value):
    header = json.dumps({"format": "rhc-applications/1", "count": 1, "point": POINT})
    line = json.dumps({"address_1": value})
    raw = f"{header}\n{line}".encode()
    if value is None or isinstance(value, bool | str):
        assert len(read_list(raw, no_photos).lines) == 1
    else:
        with pytest.raises(ListRefusedError, match="line 2, address_1: a text"):
            read_list(raw, no_photos)
