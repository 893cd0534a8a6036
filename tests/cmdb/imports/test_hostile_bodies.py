"""No body makes a reader raise: what cannot be read is one sentence, within bounds."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.imports import READERS, read
from cmdb.imports.batch import BODY_BYTES, MOST_ROWS, combined
from orgs.errors import Invalid

HOSTILE = {
    "empty": b"",
    "only delimiters": b",,,\n,,\n",
    "only quotes": b'""\n',
    "spaces": b" \n ",
    "not json": b"{",
    "half a text": b'{"cis": [{"name": "a',
    "invalid utf-8": b'{"cis": [{"name": "\xff"}]}',
    "utf-16 without its mark": '[{"name": "a"}]'.encode("utf-16-le"),
    "gzip": b"\x1f\x8b\x08\x00" + b"\x00" * 50,
    "only NULs": b"\x00" * 100,
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "NaN": b"NaN",
    "infinity inside": b'{"cis": [{"name": "a", "attributes": {"x": -Infinity}}]}',
    "a number of 10,000 digits": b"[" + b"9" * 10_000 + b"]",
    "a bare text": b'"text"',
    "null": b"null",
    "true": b"true",
    "a list of lists": b"[[[]]]",
    "results that are none": b'{"results": 7, "result": 7, "items": 7, "cis": 7}',
}


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_is_a_fault(form, raw):
    batch = read(form, [raw])
    assert batch.items == [] or batch.items == ()
    assert batch.faults
    assert all(len(fault.message) < 600 for fault in batch.faults)


@pytest.mark.parametrize("form", READERS)
def test_a_body_beyond_the_limit_is_refused_with_a_sentence(form):
    (fault,) = read(form, [b" " * (BODY_BYTES + 1)]).faults
    assert fault.message == "The file is larger than 5 MiB; import it in parts."


def test_a_million_lines_are_refused_with_a_sentence():
    (fault,) = read("csv", [b"name\n" + b"a\n" * 1_000_000]).faults
    assert fault.message == f"The file has more than {MOST_ROWS:,} rows; import it in parts."


@pytest.mark.parametrize(
    ("form", "body"),
    [("json", "[{}]"), ("netbox", '{"results":[{}]}'), ("servicenow", '{"result":[{}]}'), ("backstage", "[{}]")],
)
def test_too_many_records_are_refused_with_a_sentence(form, body):
    raw = body.replace("{}", ",".join(["{}"] * (MOST_ROWS + 1))).encode()
    (fault,) = read(form, [raw]).faults
    assert (fault.row, fault.code) == (0, "too_many")


def test_a_nul_in_a_name_is_kept_for_the_rules_to_refuse():
    assert read("json", [b'[{"name": "a\\u0000b"}]']).items[0].name == "a\x00b"
    assert read("csv", [b"name\na\x00b\n"]).items[0].name == "a\x00b"


def test_pages_of_different_sources_do_not_mix():
    one, other = read("json", [b"[]"]), read("netbox", [b'{"results": []}'])
    with pytest.raises(Invalid) as refused:
        combined([one, other])
    assert refused.value.fields[0].code == "mixed"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    [
        "url",
        "name",
        "kind",
        "metadata",
        "attributes",
        "relations",
        "parent",
        "child",
        "type",
        "sys_id",
        "spec",
        "id",
        "data",
        "event",
        "outbound_relations",
        "target",
        "tags",
        "status",
        "primary_ip",
        "role",
        "custom_fields",
        "namespace",
    ]
)
records = st.dictionaries(KEYS, values | st.dictionaries(KEYS, values, max_size=5), max_size=8)


@given(record=records)
def test_no_record_of_any_shape_makes_a_reader_raise(record):
    for form, wrap in (("netbox", "results"), ("servicenow", "result"), ("backstage", "items"), ("json", "cis")):
        read(form, [json.dumps({wrap: [record]}).encode(), json.dumps(record).encode()])


@given(text=st.text(max_size=200))
def test_no_text_makes_the_csv_reader_raise(text):
    read("csv", [text.encode("utf-8", "surrogatepass")])
    read("csv", [f"name,kind\n{text}".encode("utf-8", "surrogatepass")])
