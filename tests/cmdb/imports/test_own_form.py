"""The product's own form says the same as JSON and as CSV, and names every bad field by row."""

import json

import pytest

from cmdb.imports import read
from orgs.errors import Invalid

ROWS = [
    {
        "id": "ci-1",
        "name": "orders-db",
        "kind": "database",
        "environment": "production",
        "criticality": "high",
        "owner_team": "dba",
        "status": "active",
        "attributes": {"engine": "postgresql"},
        "relations": [{"type": "runs_on", "target": "host-1"}],
    },
    {"id": "ci-2", "name": "host-1", "kind": "server"},
]
CSV = """id,name,kind,environment,criticality,owner_team,status,attributes.engine,relations
ci-1,orders-db,database,production,high,dba,active,postgresql,runs_on:host-1
ci-2,host-1,server,,,,,,
"""


def read_json(rows, **members):
    return read("json", [json.dumps({"cis": rows, **members}).encode()])


def read_csv(text, encoding="utf-8"):
    return read("csv", [text.encode(encoding)])


def faults(batch):
    return [(fault.row, fault.field, fault.code) for fault in batch.faults]


def test_json_and_csv_say_the_same():
    one, other = read_json(ROWS), read_csv(CSV)
    for batch in (one, other):
        assert faults(batch) == []
        assert batch.source == "import"
    strip = lambda item: (item.external_id, item.name, item.kind, item.criticality, item.owner, dict(item.attributes))  # noqa: E731
    assert [strip(item) for item in one.items] == [strip(item) for item in other.items]
    assert [(each.kind, each.dependency) for each in one.relations] == [
        (each.kind, each.dependency) for each in other.relations
    ]


def test_a_bare_list_is_the_form_as_well():
    assert len(read("json", [json.dumps(ROWS).encode()]).items) == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_as_spreadsheets_write_it(delimiter, encoding):
    batch = read_csv("name,kind\r\nZürich-1,server\r\n".replace(",", delimiter), encoding)
    assert [item.name for item in batch.items] == ["Zürich-1"]


def test_rows_are_counted_as_the_spreadsheet_counts_lines():
    batch = read_csv('name,kind,criticality\n\n"two\nlines",server,\n,server,\nc,server,\n')
    assert faults(batch) == [(5, "name", "required")]
    assert [item.row for item in batch.items] == [3, 6]


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "@SUM(A1)", "+1", "-1", '=HYPERLINK("x")'])
def test_a_formula_is_a_text_like_any_other(cell):
    quoted = '"' + cell.replace('"', '""') + '"'
    (item,) = read_csv(f"name,kind,attributes.note\n{quoted},server,{quoted}\n").items
    assert (item.name, item.attributes["note"]) == (cell, cell)


def test_ragged_lines_are_told_and_their_neighbours_read():
    batch = read_csv("id,name,kind\n1,a,server\n2,b\n3,c,server,more\n4,d,server\n")
    assert [item.name for item in batch.items] == ["a", "d"]
    assert faults(batch) == [(3, "row", "ragged"), (4, "row", "ragged")]
    assert "has 2 cells, the header has 3" in batch.faults[0].message
    assert batch.unidentified == 2


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("name,kind,criticallity", "criticallity"),
        ("kind,environment", "no column name"),
        ("name,name", "twice"),
        ("name,", "(empty)"),
        ("name,attributes.", "attributes."),
    ],
)
def test_a_header_that_would_lose_cells_is_refused(header, said):
    (fault,) = read_csv(f"{header}\na,b,c\n").faults
    assert (fault.row, fault.code) == (0, "header")
    assert said in fault.message


def test_cells_of_json_are_read_as_such():
    text = 'name,kind,attributes,relations\na,server,"{""x"": 1}","[{""type"": ""uses"", ""target"": ""b""}]"\n'
    batch = read_csv(text)
    assert batch.items[0].attributes == {"x": 1}
    assert [(each.kind, each.dependency.name) for each in batch.relations] == [("uses", "b")]


def test_relations_in_a_cell_need_no_type():
    batch = read_csv("name,kind,relations\na,server,b; runs_on:c\n")
    assert [(each.kind, each.dependency.name) for each in batch.relations] == [("depends_on", "b"), ("runs_on", "c")]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"kind": "server"}, [(1, "name", "required")]),
        ({"name": 7}, [(1, "name", "type")]),
        ({"name": "a", "colour": "red"}, [(1, "colour", "unknown")]),
        ({"name": "a", "kind": ["server"]}, [(1, "kind", "type")]),
        ({"name": "a", "attributes": "x"}, [(1, "attributes", "type")]),
        ({"name": "a", "relations": "b"}, [(1, "relations", "type")]),
        ({"name": "a", "relations": [{"type": "owns", "target": "b"}]}, [(1, "relations", "invalid")]),
        ({"name": "a", "relations": [{"type": "uses"}]}, [(1, "relations", "invalid")]),
        ({"name": "a", "relations": ["b"] * 1_001}, [(1, "relations", "too_many")]),
        ({"name": "a", "id": "x" * 256}, [(1, "id", "max_length")]),
        ({"name": "a", "id": "x\x00"}, [(1, "id", "control_character")]),
        ({"name": "a", "id": {"x": 1}}, [(1, "id", "type")]),
        ("text", [(1, "row", "type")]),
        (None, [(1, "row", "type")]),
    ],
)
def test_a_bad_field_is_named_and_the_next_row_read(row, expected):
    batch = read_json([row, {"id": "ok", "name": "ok"}])
    assert faults(batch) == expected
    assert [item.name for item in batch.items] == ["ok"]


def test_an_id_may_be_a_number():
    assert read_json([{"id": 7, "name": "a"}]).items[0].external_id == "7"


def test_an_id_given_twice_is_told():
    batch = read_json([{"id": "1", "name": "a"}, {"id": "1", "name": "b"}])
    assert faults(batch) == [(2, "id", "duplicate")]
    assert "Row 1" in batch.faults[0].message


def test_the_source_may_be_named_by_whoever_imports():
    assert read("json", [b'[{"name": "a"}]'], source="Racktables").source == "racktables"
    with pytest.raises(Invalid):
        read("json", [b"[]"], source="not a name!")


def test_an_unknown_form_is_refused_by_name():
    with pytest.raises(Invalid) as refused:
        read("xml", [b"<cis/>"])
    assert refused.value.fields[0].field == "format"


def test_at_least_one_body_is_needed():
    with pytest.raises(Invalid):
        read("json", [])
