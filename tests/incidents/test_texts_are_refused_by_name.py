from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from incidents.commands import (
    Signal,
    add_action,
    add_note,
    add_tag,
    attach_signal,
    change_status,
    hold,
    link_ticket,
    record_slo_violation,
    resolve,
    set_sla_target,
    update_incident,
)
from incidents.commands.fields import LENGTHS, MOST_CIS, MOST_ITEMS, MOST_TAGS
from orgs.clock import now
from orgs.errors import Invalid
from tests.incidents.staging import anew, opened

HOSTILE = {
    "NUL": "a\x00b",
    "escape": "a\x1bb",
    "C1 control": "a\x9bb",
    "delete": "a\x7fb",
    "half a character": "a\ud800b",
    "a number": 7,
    "nothing": None,
    "a list": ["a"],
}
EMPTY = {
    "empty": "",
    "spaces": "   \t\n",
    "zero width": "\u200b\u200d\ufeff",
    "soft hyphens": "\u00ad" * 3,
    "direction marks": "\u202e\u2066",
    "Hangul fillers": "\u3164\u115f\uffa0",
    "blank braille": "\u2800",
}
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def violation(actor, row, **given):
    values = {
        "slo_id": "latency",
        "window_start": START,
        "window_end": START + timedelta(hours=1),
        "error_budget_consumed": Decimal(1),
        "threshold_breached": True,
        **given,
    }
    return record_slo_violation(actor=actor, incident=row, **values)


def signal(actor, row, **given):
    values = {"signal_type": "alert", "source": "prometheus", "summary": "Slow", **given}
    return attach_signal(actor=actor, incident=row, signal=Signal(**values))


# Field as the caller calls it -> a call that carries the value there.
REQUIRED = {
    "title": lambda actor, row, value: opened(actor, title=value),
    "title (changed)": lambda actor, row, value: update_incident(actor=actor, incident=row, changes={"title": value}),
    "resolution": lambda actor, row, value: resolve(actor=actor, incident=row, resolution=value),
    "text": lambda actor, row, value: add_note(actor=actor, incident=row, text=value),
    "kind": lambda actor, row, value: add_action(actor=actor, incident=row, kind=value, label="x"),
    "label": lambda actor, row, value: add_action(actor=actor, incident=row, kind="NOTE", label=value),
    "signal_type": lambda actor, row, value: signal(actor, row, signal_type=value),
    "source (of a signal)": lambda actor, row, value: signal(actor, row, source=value),
    "summary": lambda actor, row, value: signal(actor, row, summary=value),
    "slo_id": lambda actor, row, value: violation(actor, row, slo_id=value),
    "platform": lambda actor, row, value: link_ticket(actor=actor, incident=row, platform=value, ticket="1"),
    "ticket": lambda actor, row, value: link_ticket(actor=actor, incident=row, platform="jira", ticket=value),
    "tag": lambda actor, row, value: add_tag(actor=actor, incident=row, tag=value),
    "services": lambda actor, row, value: opened(actor, services=[value]),
    "tags": lambda actor, row, value: opened(actor, tags=[value]),
}
OPTIONAL = {
    "description": lambda actor, row, value: opened(actor, description=value),
    "environment": lambda actor, row, value: opened(actor, environment=value),
    "service_name": lambda actor, row, value: opened(actor, service_name=value),
    "source": lambda actor, row, value: opened(actor, source=value),
    "detected_by": lambda actor, row, value: opened(actor, detected_by=value),
    "correlation_key": lambda actor, row, value: opened(actor, correlation_key=value),
    "assigned_to": lambda actor, row, value: opened(actor, assigned_to=value),
    "assignee": lambda actor, row, value: opened(actor, assignee=value),
    "runbook_path": lambda actor, row, value: opened(actor, runbook_path=value),
    "reason": lambda actor, row, value: change_status(actor=actor, incident=row, to="acknowledged", reason=value),
    "note": lambda actor, row, value: hold(actor=actor, incident=row, reason="vendor", note=value),
    "details": lambda actor, row, value: violation(actor, row, details=value),
    "trace_id": lambda actor, row, value: signal(actor, row, trace_id=value),
    "key": lambda actor, row, value: signal(actor, row, key=value),
}


def fields_of(call):
    with pytest.raises(Invalid) as refusal:
        call()
    assert refusal.value.status == 400
    return {error.field for error in refusal.value.fields}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("field", [*REQUIRED, *OPTIONAL])
def test_what_is_no_text_is_refused_and_its_field_named(field, value, anyone, incident):
    call = {**REQUIRED, **OPTIONAL}[field]
    assert fields_of(lambda: call(anyone, incident, value)) == {field.split()[0]}
    assert anew(incident).version == 1


@pytest.mark.parametrize("value", EMPTY.values(), ids=EMPTY)
@pytest.mark.parametrize("field", REQUIRED)
def test_what_shows_nothing_is_no_text(field, value, anyone, incident):
    assert fields_of(lambda: REQUIRED[field](anyone, incident, value)) == {field.split()[0]}


@pytest.mark.parametrize("field", ["title", "description", "environment", "service_name", "detected_by", "assigned_to"])
def test_the_longest_that_fits_is_kept_and_one_more_refused(field, anyone, incident):
    call = {**REQUIRED, **OPTIONAL}[field]
    longest = "ü" * LENGTHS[field]
    row = call(anyone, incident, longest)
    assert getattr(anew(row), field) == longest
    assert fields_of(lambda: call(anyone, incident, longest + "ü")) == {field}


@pytest.mark.parametrize(
    ("field", "longest"), [("kind", 40), ("signal_type", 40), ("trace_id", 200), ("key", 300), ("tag", 60)]
)
def test_so_with_the_shorter_ones(field, longest, anyone, incident):
    call = {**REQUIRED, **OPTIONAL}[field]
    call(anyone, incident, "x" * longest)
    assert fields_of(lambda: call(anyone, incident, "x" * (longest + 1))) == {field}


def test_space_around_a_text_is_dropped_and_inside_it_kept(anyone):
    row = opened(anyone, title="  Slow \t and\nslower  ", description="\u00a0x\u00a0")
    assert (row.title, row.description) == ("Slow \t and\nslower", "x")


def test_every_script_is_welcome(anyone):
    title = "Größe „漢字“ \U0001f525 العربية \u200d e\u0301"
    assert anew(opened(anyone, title=title)).title == title


def test_every_bad_field_is_named_at_once(anyone, ci):
    refused = fields_of(
        lambda: opened(
            anyone,
            title="",
            severity="SEV1",
            environment="\x00",
            services=["", "web"],
            tags=["x" * 61],
            assigned_to="y" * 201,
            affected_cis=["nowhere"],
            impact_started_at=now() + timedelta(hours=1),
            signals=[Signal("", "prometheus", "Slow")],
        )
    )
    assert refused == {
        "title",
        "severity",
        "environment",
        "services",
        "tags",
        "assigned_to",
        "affected_cis",
        "impact_started_at",
        "signal_type",
    }


def test_so_in_a_change_of_many(anyone, incident):
    changes = {"title": "", "environment": "\x00", "severity": "P9", "affected_cis": ["nowhere"], "services": "web"}
    assert fields_of(lambda: update_incident(actor=anyone, incident=incident, changes=changes)) == set(changes)
    assert fields_of(
        lambda: update_incident(actor=anyone, incident=incident, changes={"id": 1, "version": 2, "title": "x"})
    ) == {"id", "version"}
    assert anew(incident).version == 1


@pytest.mark.parametrize("field", ["services", "tags", "affected_cis"])
@pytest.mark.parametrize("value", ["web", 7, None, {"a": 1}, b"web"], ids=repr)
def test_what_is_no_list_is_refused(field, value, anyone):
    assert fields_of(lambda: opened(anyone, **{field: value})) == {field}


@pytest.mark.parametrize(("field", "most"), [("services", MOST_ITEMS), ("tags", MOST_TAGS), ("affected_cis", MOST_CIS)])
def test_a_list_that_is_too_long_is_refused(field, most, anyone):
    assert fields_of(lambda: opened(anyone, **{field: [f"x{n}" for n in range(most + 1)]})) == {field}


@pytest.mark.parametrize(
    "data",
    [float("nan"), float("inf"), {"a": object()}, {"a": "\ud800"}, {1: "a", "b": 2}, {"a": {1, 2}}],
    ids=["nan", "infinity", "object", "half a character", "mixed keys", "set"],
)
def test_data_that_is_no_json_is_refused(data, anyone, incident):
    assert fields_of(lambda: signal(anyone, incident, data=data)) == {"data"}


def test_data_that_is_nested_beyond_measure_is_refused(anyone, incident):
    data = []
    for _ in range(100_000):
        data = [data]
    assert fields_of(lambda: signal(anyone, incident, data=data)) == {"data"}


def test_data_is_kept_as_it_was(anyone, incident, inside):
    data = {"z": [1, 2.5, None, True], "a": "NUL \x00 and ü"}
    signal(anyone, incident, data=data)
    assert incident.signals.get().data_value() == data


def test_choices_are_named(anyone, incident):
    assert fields_of(lambda: opened(anyone, severity="P0")) == {"severity"}
    assert fields_of(lambda: change_status(actor=anyone, incident=incident, to="done")) == {"status"}
    assert fields_of(lambda: hold(actor=anyone, incident=incident, reason="lunch")) == {"reason"}
    assert fields_of(lambda: add_note(actor=anyone, incident=incident, text="x", kind="poem")) == {"kind"}


def test_times_that_are_yet_to_come_are_refused(anyone, incident):
    later = now() + timedelta(minutes=10)
    assert fields_of(lambda: add_note(actor=anyone, incident=incident, text="x", occurred_at=later)) == {"occurred_at"}
    assert fields_of(
        lambda: add_action(actor=anyone, incident=incident, kind="NOTE", label="x", occurred_at=later)
    ) == {"occurred_at"}


@pytest.mark.parametrize("budget", [Decimal("-0.1"), Decimal("NaN"), Decimal("Infinity"), Decimal(1_000_001)])
def test_a_budget_that_cannot_be_is_refused(budget, anyone, incident):
    assert fields_of(lambda: violation(anyone, incident, error_budget_consumed=budget)) == {"error_budget_consumed"}


def test_a_window_that_ends_before_it_starts_is_refused(anyone, incident):
    assert fields_of(lambda: violation(anyone, incident, window_end=START)) == {"window_end"}


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://x", "//x", "x", "data:text/html,x", "HTTPS://x y"])
def test_an_address_of_another_kind_is_refused(url, anyone, incident):
    assert fields_of(lambda: link_ticket(actor=anyone, incident=incident, platform="jira", ticket="1", url=url)) == {
        "url"
    }


@pytest.mark.parametrize("seconds", [0, -1, 365 * 24 * 3600 + 1, 10**12])
def test_targets_that_cannot_be_are_refused(seconds, anyone):
    assert fields_of(
        lambda: set_sla_target(actor=anyone, severity="P1", acknowledge_seconds=seconds, resolve_seconds=seconds)
    ) == {"acknowledge_seconds", "resolve_seconds"}
