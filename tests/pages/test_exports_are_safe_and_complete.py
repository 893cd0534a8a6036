"""The CSV is exactly the view, streamed, and no cell of it is a formula."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents import commands
from incidents.models import Incident
from incidents.views import listing
from orgs.spreadsheets import guarded, lines, unguarded


def rows_of(answer):
    assert answer.streaming
    text = b"".join(answer.streaming_content).decode()
    assert text.endswith("\r\n")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_it_holds_exactly_the_incidents_of_the_address(world, ada, monkeypatch):
    monkeypatch.setattr(listing, "EXPORT_SIZE", 2)
    for query, names in (("", ["rich", "open", "other"]), ("?state=resolved", ["done"]), ("?q=other", ["other"])):
        head, *found = rows_of(ada.get(f"/incidents/export.csv{query}"))
        assert head[0] == "reference"
        assert [row[0] for row in found] == [world.incidents[name].reference for name in names]


def test_the_answer_is_a_download_with_a_name_of_our_own(world, ada):
    answer = ada.get("/incidents/export.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="incidents-acme-')


@pytest.mark.parametrize("title", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", '=1+1;"x",y'])
def test_a_title_that_is_a_formula_becomes_words(world, ada, title):
    commands.create_incident(actor=world.actor, title=title, severity="P1")
    found = rows_of(ada.get("/incidents/export.csv"))
    assert f"'{title}" in [row[3] for row in found]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_guarded_comes_back_and_never_begins_a_formula(text):
    text = text.replace("\0", "")
    cell = guarded(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert unguarded(cell) == text


def test_quotes_commas_and_line_breaks_survive():
    cells = ['a "quoted" word', "a, b", "two\r\nlines", "plain"]
    text = "".join(lines(["h"] * 4, [cells]))
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == cells


def test_an_export_of_another_organisation_has_nothing_of_ours(world, signed_in, other_org):
    stranger = signed_in("SRE_LEAD", org=other_org)
    assert len(rows_of(stranger.get("/incidents/export.csv?state=all"))) == 1
    assert Incident.all_orgs_unsafe.count() > 0
