"""How `/itsm` shows problems and known errors, and what it reads of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.base import shapes
from api.base.fields import Flag, Many, RecordName, Text, Whole, Word
from api.base.serializers import StrictInput
from api.base.shapes import Shape
from api.itsm.shapes import CI_REF
from api.vocabulary import ITSM
from changes.states import Status as ChangeStatus
from orgs.checking import MOST_ITEMS
from problems.commands.fields import LENGTHS, MOST_CHANGES, MOST_INCIDENTS
from problems.known_errors import KnownError
from problems.models import Problem
from problems.queries import affected_refs, fixes_by_problem, linked_by_problem
from problems.states import Status

MOST_CIS = 1_000
STATUS_WORDS = {word: word for word in Status.values}

LINKED_INCIDENT = Shape(
    "ProblemIncident",
    {
        "id": shapes.ident(),
        "reference": shapes.text(),
        "title": shapes.text(),
        "severity": shapes.word(*ITSM.severity_words),
        "status": shapes.word(*ITSM.status_words),
    },
    "An incident that a problem caused.",
)
FIXING_CHANGE = Shape(
    "FixingChange",
    {
        "id": shapes.ident(),
        "reference": shapes.text(),
        "title": shapes.text(),
        "status": shapes.word(*ChangeStatus.values),
    },
    "A change that is to end a problem, or has.",
)
PROBLEM = Shape(
    "ItsmProblem",
    {
        "id": shapes.ident(),
        "reference": shapes.text("`PRB-YYYYMMDD-NNN`."),
        "title": shapes.text(),
        "description": shapes.text(),
        "symptoms": shapes.text("What people and alerts see of it."),
        "status": shapes.word(*Status.values),
        "workaround": shapes.text("What helps until it is resolved."),
        "workaround_used": shapes.whole("On how many incidents the workaround was tried."),
        "workaround_helped": shapes.whole("On how many of them it helped."),
        "root_cause": shapes.text(),
        "resolution": shapes.text(),
        "linked_incidents": shapes.many(LINKED_INCIDENT, "The newest first."),
        "fixing_changes": shapes.many(FIXING_CHANGE, "The newest first."),
        "affected_cis": shapes.many(CI_REF),
        "services": shapes.many(shapes.text()),
        "assigned_to": shapes.text("A team, a person, or whatever was written."),
        "owner": shapes.text("Who answers for it."),
        "created_at": shapes.moment(),
        "updated_at": shapes.moment(),
        "resolved_at": shapes.nullable(shapes.moment()),
        "reopen_count": shapes.whole("How often it came back."),
        "version": shapes.whole("Counts the record's events; the ETag."),
    },
    "A problem.",
)
PAGE = Shape(
    "ItsmProblemPage",
    {"items": shapes.many(PROBLEM), "next_cursor": shapes.nullable(shapes.text("Send it as `cursor`."))},
    "One page of problems.",
)
KNOWN_ERROR = Shape(
    "KnownError",
    {
        "id": shapes.ident(),
        "reference": shapes.text(),
        "title": shapes.text(),
        "symptoms": shapes.text(),
        "workaround": shapes.text(),
        "root_cause": shapes.text(),
        "workaround_used": shapes.whole("On how many incidents the workaround was tried."),
        "workaround_helped": shapes.whole("On how many of them it helped."),
        "score": shapes.number("How well it matches, up to 1; 0 where nothing was asked for."),
        "reasons": shapes.many(shapes.text(), "Why it is shown."),
    },
    "A known error that may explain what is seen.",
)
KNOWN_ERRORS = Shape("KnownErrors", {"items": shapes.many(KNOWN_ERROR, "The best match first.")})

COLUMNS = (
    "id",
    "reference",
    "title",
    "description",
    "symptoms",
    "status",
    "workaround",
    "workaround_used",
    "workaround_helped",
    "root_cause",
    "resolution",
    "services",
    "assigned_to",
    "owner_name",
    "created_at",
    "updated_at",
    "resolved_at",
    "reopen_count",
    "version",
)
"""The columns of a list row."""


class NewProblem(StrictInput):
    """A new problem."""

    title = Text(visible=True, max_length=LENGTHS["title"])
    description = Text(required=False, max_length=LENGTHS["description"])
    symptoms = Text(required=False, max_length=LENGTHS["symptoms"], help_text="For finding it again.")
    status = Word(STATUS_WORDS, required=False, help_text="Any other than investigating takes a lead.")
    workaround = Text(required=False, max_length=LENGTHS["workaround"])
    root_cause = Text(required=False, max_length=LENGTHS["root_cause"])
    resolution = Text(required=False, max_length=LENGTHS["resolution"], help_text="With the status resolved.")
    linked_incidents = Many(RecordName(), most=MOST_INCIDENTS, required=False, help_text="Ids or references.")
    fixing_changes = Many(RecordName(), most=MOST_CHANGES, required=False, help_text="Ids or references.")
    affected_cis = Many(RecordName(), most=MOST_CIS, required=False, help_text="Ids or names.")
    services = Many(Text(visible=True, max_length=200), most=MOST_ITEMS, required=False)
    assigned_to = Text(
        required=False, max_length=LENGTHS["assigned_to"], help_text="A team or person where one is so named."
    )
    owner = Text(required=False, max_length=LENGTHS["owner"], help_text="A person where one is so named.")


class ProblemChanges(NewProblem):
    """Changes of a problem; what is left out stays, and what stands there already is no change."""

    status = Word(STATUS_WORDS)
    linked_incidents = Many(RecordName(), most=MOST_INCIDENTS, help_text="All of them, by id or reference.")
    fixing_changes = Many(RecordName(), most=MOST_CHANGES, help_text="All of them, by id or reference.")
    affected_cis = Many(RecordName(), most=MOST_CIS, help_text="All of them, by id or name.")
    version = Whole(min_value=0, required=False, help_text="The version that was read; like If-Match.")

    echoes = frozenset(PROBLEM.members)


class WorkaroundUsed(StrictInput):
    """A use of the workaround."""

    incident = RecordName(help_text="Its id or reference.")
    helped = Flag(required=False, allow_null=True, help_text="Null or left out where nobody can say yet.")


def shown_of(
    values: Mapping[str, Any],
    cis: Sequence[Mapping[str, str]],
    incidents: Sequence[Mapping[str, Any]],
    changes: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """A problem from its columns and its links."""
    shown = {name: values[name] for name in COLUMNS if name != "owner_name"}
    shown["owner"] = values["owner_name"]
    shown["affected_cis"] = cis
    shown["linked_incidents"] = [
        {**row, "severity": ITSM.severity(row["severity"]), "status": ITSM.status(row["status"])} for row in incidents
    ]
    shown["fixing_changes"] = changes
    return shown


def problem_of(row: Problem) -> dict[str, Any]:
    """One problem in full."""
    incidents, changes = linked_by_problem([row.pk]), fixes_by_problem([row.pk])
    columns = {name: getattr(row, name) for name in COLUMNS}
    return shown_of(columns, affected_refs(row), incidents.get(row.pk, []), changes.get(row.pk, []))


def known_error_of(match: KnownError) -> dict[str, Any]:
    """One known error, with why it is shown."""
    named = (name for name in KNOWN_ERROR.members if name not in ("score", "reasons"))
    columns = {name: getattr(match.problem, name) for name in named}
    return {**columns, "score": match.score, "reasons": match.reasons}


NEW_EXAMPLE: dict[str, Any] = {
    "title": "Checkout exhausts its connections",
    "description": "Three incidents in two weeks, each after a deployment.",
    "symptoms": "502 from checkout, pool timeouts in its log",
    "affected_cis": ["checkout-api"],
    "owner": "Grace Hopper",
}
CHANGES_EXAMPLE: dict[str, Any] = {"status": "known_error", "workaround": "Restart one replica after the other."}
USE_EXAMPLE: dict[str, Any] = {"incident": "INC-20261120-001", "helped": True}
EXAMPLE: dict[str, Any] = {
    "id": "3c9be0a1-6a54-4a0c-8d5e-5b7b1b1f2a77",
    "reference": "PRB-20261120-001",
    "title": "Checkout exhausts its connections",
    "description": "Three incidents in two weeks, each after a deployment.",
    "symptoms": "502 from checkout, pool timeouts in its log",
    "status": "known_error",
    "workaround": "Restart one replica after the other.",
    "workaround_used": 2,
    "workaround_helped": 1,
    "root_cause": "",
    "resolution": "",
    "linked_incidents": [
        {
            "id": "7f0c1f0e-8d5b-4a55-9c39-0f2a3c2a6a11",
            "reference": "INC-20261120-001",
            "title": "Checkout answers 502",
            "severity": "P2",
            "status": "resolved",
        }
    ],
    "fixing_changes": [],
    "affected_cis": [{"id": "0b9d5f5e-52a7-4d0e-9a5d-6a8f4f3f5b10", "name": "checkout-api"}],
    "services": ["checkout"],
    "assigned_to": "Platform",
    "owner": "Grace Hopper",
    "created_at": "2026-11-20T10:02:00.125000Z",
    "updated_at": "2026-11-20T11:30:00.250000Z",
    "resolved_at": None,
    "reopen_count": 0,
    "version": 5,
}
KNOWN_EXAMPLE: dict[str, Any] = {
    **{name: EXAMPLE[name] for name in KNOWN_ERROR.members if name in EXAMPLE},
    "score": 0.9,
    "reasons": ["Says checkout, 502.", "Affects checkout-api too.", "Its workaround helped 1 of 2 times."],
}
