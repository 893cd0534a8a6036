"""One story of an incident, told in deeds that every door knows, each with who does it and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass, field

DONE = "done"
FORBIDDEN, UNKNOWN, CONFLICT, STALE, INVALID = "forbidden", "unknown", "conflict", "stale", "invalid"
OUTCOMES = {200: DONE, 201: DONE, 302: DONE, 400: INVALID, 403: FORBIDDEN, 404: UNKNOWN, 409: CONFLICT, 412: STALE}


@dataclass(frozen=True)
class Step:
    """One deed of one person. `words` are what it takes; `outcome` is what every door must answer."""

    who: str
    deed: str
    outcome: str = DONE
    words: dict[str, str] = field(default_factory=dict)


PEOPLE = {
    "viewer": ("VIEWER",),
    "member": ("MEMBER",),
    "engineer": ("ONCALL_ENGINEER",),
    "lead": ("SRE_LEAD",),
    "administrator": ("ORG_ADMIN",),
}
"""Who plays, and with which roles; `stranger` belongs to another organisation."""

NEW = {"title": "Checkout answers 502", "severity": "P2", "description": "Three in ten requests fail."}

LIFE = [
    Step("viewer", "create", FORBIDDEN, NEW),
    Step("member", "create", INVALID, {**NEW, "title": "   "}),
    Step("member", "create", INVALID, {**NEW, "severity": "P9"}),
    Step("member", "create", DONE, NEW),
    Step("viewer", "investigate", FORBIDDEN),
    Step("member", "investigate", FORBIDDEN),
    Step("administrator", "investigate", FORBIDDEN),
    Step("stranger", "investigate", UNKNOWN),
    Step("engineer", "investigate", DONE),
    Step("engineer", "investigate", CONFLICT),
    Step("member", "resolve", FORBIDDEN, {"resolution": "Not mine to say"}),
    Step("stranger", "resolve", UNKNOWN, {"resolution": "Not mine to say"}),
    Step("engineer", "resolve", STALE, {"resolution": "From an old screen", "version": "1"}),
    Step("engineer", "resolve", DONE, {"resolution": "Rolled back to 4.12."}),
    Step("engineer", "resolve", CONFLICT, {"resolution": "Again"}),
    Step("viewer", "reopen", FORBIDDEN),
    Step("lead", "reopen", DONE),
    Step("lead", "resolve", DONE, {"resolution": "Rolled back everywhere."}),
]
"""What all doors can do: open, take up, resolve, reopen. And what all must refuse."""

CLOSING = [
    *LIFE,
    Step("member", "close", FORBIDDEN),
    Step("engineer", "close", DONE),
    Step("engineer", "close", CONFLICT),
    Step("engineer", "reopen", CONFLICT),
]
"""The end of it, for the doors that can close."""

REGRADING = [
    Step("member", "create", DONE, NEW),
    Step("member", "severity", FORBIDDEN, {"severity": "P1"}),
    Step("engineer", "severity", FORBIDDEN, {"severity": "P1"}),
    Step("stranger", "severity", UNKNOWN, {"severity": "P1"}),
    Step("lead", "severity", INVALID, {"severity": "P0"}),
    Step("lead", "severity", DONE, {"severity": "P1"}),
    Step("administrator", "severity", DONE, {"severity": "P3"}),
    Step("engineer", "resolve", DONE, {"resolution": "Rolled back."}),
    Step("lead", "severity", CONFLICT, {"severity": "P2"}),
]
"""Changing how grave it is, for the doors that can."""

HANDING_OVER = [
    Step("member", "create", DONE, NEW),
    Step("member", "assign", FORBIDDEN, {"assigned_to": "Network"}),
    Step("engineer", "assign", DONE, {"assigned_to": "network"}),
    Step("engineer", "assign", STALE, {"assigned_to": "somebody", "version": "1"}),
    Step("lead", "assign", DONE, {"assigned_to": "whoever is awake"}),
    Step("stranger", "assign", UNKNOWN, {"assigned_to": "Network"}),
    Step("lead", "assign", DONE, {"assigned_to": ""}),
]
"""Giving it to somebody, for the doors that can; a team is known by its name in any case."""
