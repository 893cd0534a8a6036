"""How an operator tells the intake to treat a source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from incidents.states import Severity
from integrations.intake.inbox import QUEUE, TASK
from integrations.intake.sources import SOURCES
from integrations.models import AlertSource, InboxItem
from orgs.actor import Actor
from orgs.clock import now
from orgs.errors import FieldError, Invalid, NotFound
from orgs.policy import require
from timeline.commands import command
from timeline.doorbell import ring

log = structlog.get_logger(__name__)

LONGEST_PERIOD = 7 * 24 * 3600
MOST_PATHS = 20
LONGEST_PATH = 200
MOST_WORDS = 200
LONGEST_WORD = 100


@command
def configure_source(*, actor: Actor, kind: str, changes: dict[str, Any]) -> AlertSource:
    """Change the policy of one source; fields that are not named stay as they are, or take their default.

    Switching a source on again applies what came while it was off. Raises ``Forbidden``, ``NotFound``, ``Invalid``.
    """
    require(actor, "source.manage")
    if kind not in SOURCES:
        raise NotFound("source")
    errors: list[FieldError] = []
    for name, value in changes.items():
        check = _CHECKS.get(name)
        if check is None:
            errors.append(FieldError(name, "unknown", "This field cannot be changed."))
        elif message := check(value):
            errors.append(FieldError(name, "invalid", message))
    if errors:
        raise Invalid(errors)
    row: AlertSource = AlertSource.objects.select_for_update().filter(kind=kind).first() or AlertSource(
        org_id=actor.org_id, kind=kind
    )
    for name, value in changes.items():
        setattr(row, name, value)
    row.updated_at, row.updated_by = now(), actor.name[:200]
    row.save()
    log.info("source.configured", kind=kind, changed=sorted(changes), actor=f"{actor.kind}:{actor.ref}")
    if row.is_enabled:
        _unpark(kind)
    return row


def _unpark(kind: str) -> None:
    waiting = InboxItem.objects.filter(source=kind, state=InboxItem.State.PARKED)
    if waiting.update(state=InboxItem.State.PENDING, attempts=0, next_at=now()):
        ring(TASK, QUEUE)


def _switch(value: Any) -> str:
    return "" if isinstance(value, bool) else "Give true or false."


def _severity_map(value: Any) -> str:
    if not isinstance(value, dict) or len(value) > MOST_WORDS:
        return f"Give an object of at most {MOST_WORDS} words."
    if any(not isinstance(word, str) or not 0 < len(word.strip()) <= LONGEST_WORD for word in value):
        return f"A word has 1 to {LONGEST_WORD} characters."
    if any(severity not in Severity.values for severity in value.values()):
        return f"A word means one of {', '.join(Severity.values)}."
    return ""


def _paths(value: Any) -> str:
    if not isinstance(value, list) or len(value) > MOST_PATHS:
        return f"Give a list of at most {MOST_PATHS} labels or dotted paths."
    if any(not isinstance(path, str) or not 0 < len(path.strip()) <= LONGEST_PATH for path in value):
        return f"A label or path has 1 to {LONGEST_PATH} characters."
    return ""


def _severities(value: Any) -> str:
    if not isinstance(value, list) or any(one not in Severity.values for one in value):
        return f"Give a list of {', '.join(Severity.values)}."
    return ""


def _seconds(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST_PERIOD:
        return f"Give whole seconds from 0 to {LONGEST_PERIOD}."
    return ""


_CHECKS: dict[str, Callable[[Any], str]] = {
    "is_enabled": _switch,
    "severity_map": _severity_map,
    "ci_labels": _paths,
    "service_labels": _paths,
    "correlate_by": _paths,
    "create_severities": _severities,
    "quiet_seconds": _seconds,
    "reopen_seconds": _seconds,
}
"""Field to what is wrong with a value for it, empty for nothing."""
