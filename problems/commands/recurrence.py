"""Deciding on proposals of recurring incidents, and saying what counts as recurring."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from incidents.models import Incident
from orgs.actor import Actor
from orgs.checking import MOST_ITEMS
from orgs.clock import now
from orgs.errors import Conflict, FieldError, Invalid, NotFound
from orgs.policy import require
from orgs.queries import as_uuid
from problems.commands.create import create_problem
from problems.commands.fields import checked
from problems.models import Problem, RecurrenceProposal, RecurrenceRule
from problems.signatures import shown
from timeline.commands import command

MUTED = timedelta(days=30)
"""How long a dismissed proposal stays away unless told."""
LONGEST_MUTE = timedelta(days=3 * 365)
LEAST_INCIDENTS, MOST_INCIDENTS = 2, 1_000
MOST_DAYS = 365


def _pending(proposal: RecurrenceProposal | UUID | str) -> RecurrenceProposal:
    """The proposal, locked. Raises ``NotFound``, and ``Conflict`` where it is decided already."""
    pk = proposal.pk if isinstance(proposal, RecurrenceProposal) else as_uuid(str(proposal))
    rows = RecurrenceProposal.objects.select_for_update(of=("self",), no_key=True)
    row: RecurrenceProposal | None = rows.filter(pk=pk).first() if pk else None
    if row is None:
        raise NotFound("proposed problem")
    if row.state != RecurrenceProposal.State.PENDING:
        raise Conflict(f"This proposal was {row.state} already.", code="decided")
    return row


@command
def accept_proposal(
    *, actor: Actor, proposal: RecurrenceProposal | UUID | str, title: str = "", owner: str = ""
) -> Problem:
    """Make a problem of a proposal, its incidents linked. ``title`` is the newest incident's unless given.

    Raises ``Forbidden``, ``Invalid``, ``NotFound``, ``Conflict``.
    """
    require(actor, "problem.decide")
    row = _pending(proposal)
    ids = [UUID(ref["id"]) for ref in row.incidents]
    incidents = list(Incident.objects.filter(pk__in=ids).order_by("-created_at", "-id"))
    services = dict.fromkeys(service for incident in incidents for service in incident.services)
    problem = create_problem(
        actor=actor,
        title=title or (incidents[0].title if incidents else shown(row.signature)),
        symptoms=shown(row.signature),
        affected_cis=[row.ci_id],
        services=list(services)[:MOST_ITEMS],
        owner=owner,
        linked_incidents=incidents,
        recurrence={"id": str(row.pk), "signature": row.signature, "ci": str(row.ci_id)},
    )
    _decide(row, actor, RecurrenceProposal.State.ACCEPTED, problem=problem)
    return problem


@command
def dismiss_proposal(
    *,
    actor: Actor,
    proposal: RecurrenceProposal | UUID | str,
    mute_until: datetime | None = None,
    reason: str = "",
) -> RecurrenceProposal:
    """Say that these incidents are no problem; the same is not proposed again before ``mute_until``.

    Raises ``Forbidden``, ``Invalid``, ``NotFound``, ``Conflict``.
    """
    require(actor, "problem.decide")
    words = checked({"reason": reason})["reason"]
    moment = now()
    until = moment + MUTED if mute_until is None else mute_until
    if not moment < until <= moment + LONGEST_MUTE:
        raise Invalid.one("mute_until", "range", f"Give a time within the next {LONGEST_MUTE.days} days.")
    row = _pending(proposal)
    _decide(row, actor, RecurrenceProposal.State.DISMISSED, mute_until=until, reason=words)
    return row


def _decide(row: RecurrenceProposal, actor: Actor, state: str, **values: object) -> None:
    decided = {"state": state, "decided_at": now(), "decided_by": actor.name[:200], **values}
    for name, value in decided.items():
        setattr(row, name, value)
    row.save(update_fields=list(decided))


@command
def set_recurrence_rule(*, actor: Actor, incidents: int, days: int) -> RecurrenceRule:
    """Say how many alike within how many days propose a problem. Raises ``Forbidden``, ``Invalid``."""
    require(actor, "org.manage")
    errors = []
    if not LEAST_INCIDENTS <= incidents <= MOST_INCIDENTS:
        errors.append(
            FieldError("incidents", "range", f"Give a number between {LEAST_INCIDENTS} and {MOST_INCIDENTS}.")
        )
    if not 1 <= days <= MOST_DAYS:
        errors.append(FieldError("days", "range", f"Give a number of days between 1 and {MOST_DAYS}."))
    if errors:
        raise Invalid(errors)
    row, _ = RecurrenceRule.objects.update_or_create(
        org_id=actor.org_id, defaults={"incidents": incidents, "days": days}
    )
    result: RecurrenceRule = row
    return result
