"""Setting an organisation's SLA targets. Incidents that run keep the targets that they began with."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from incidents.commands.fields import check_severity
from incidents.models import SlaTarget
from incidents.targets import forget_targets
from orgs.actor import Actor
from orgs.errors import FieldError, Invalid
from orgs.policy import require
from timeline.commands import command

LONGEST = 365 * 24 * 3600


@command
def set_sla_target(*, actor: Actor, severity: str, acknowledge_seconds: int, resolve_seconds: int) -> SlaTarget:
    """Set both targets of one severity, in seconds. Raises ``Forbidden``, ``Invalid``."""
    require(actor, "org.manage")
    check_severity(severity)
    values = {"acknowledge_seconds": acknowledge_seconds, "resolve_seconds": resolve_seconds}
    errors = [
        FieldError(name, "range", f"Give seconds between 1 and {LONGEST}.")
        for name, value in values.items()
        if not 0 < value <= LONGEST
    ]
    if errors:
        raise Invalid(errors)
    row, _ = SlaTarget.objects.update_or_create(org_id=actor.org_id, severity=severity, defaults=values)
    transaction.on_commit(partial(forget_targets, actor.org_id))
    result: SlaTarget = row
    return result
