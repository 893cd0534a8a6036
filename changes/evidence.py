"""Evidence: everything that an approver should see of a change, gathered at once and bound by one hash."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string

from changes.conflicts import FREEZES, OVERLAPS, Conflicts, Group, Reason, conflicts_with
from changes.models import Change, ChangeCI
from changes.risk import Assessment, Circumstances, assess
from changes.states import DONE, Status
from changes.surroundings import Plan, Surroundings, plan_of, surroundings_of
from cmdb.queries import impact_summary
from orgs.clock import now
from timeline.chain import digest
from timeline.payloads import plain

SIMILAR = 10
"""Finished changes whose outcomes are told."""
VOLATILE = frozenset({"taken_at"})
"""What differs each time evidence is gathered, although the facts are the same."""


@dataclass(frozen=True)
class Finding:
    """What another part of the product knows of a change's items: an open incident, say.

    ``source`` names that part, ``names`` the items concerned. ``words`` must say the same while the facts are the same.
    """

    source: str
    reference: str
    title: str
    words: str
    names: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "source": self.source,
            "reference": self.reference,
            "title": self.title,
            "words": self.words,
            "names": list(self.names),
        }


Source = Callable[[Change, Collection[UUID]], list[Finding]]


@dataclass(frozen=True)
class Outcome:
    """How a similar change ended: one of the same template, or on some of the same items."""

    reference: str
    title: str
    status: str
    finished_at: datetime

    @property
    def failed(self) -> bool:
        """Whether it did not work."""
        return self.status == Status.FAILED


@dataclass(frozen=True)
class Evidence:
    """What is known of a change at a moment.

    ``request`` is what was asked for, plans and window among it. ``blast_radius`` is ``cmdb.queries.impact_summary``.
    """

    request: dict[str, Any]
    risk: Assessment
    conflicts: Conflicts
    blast_radius: dict[str, Any]
    findings: tuple[Finding, ...]
    similar: tuple[Outcome, ...]
    taken_at: datetime

    @property
    def freezes(self) -> tuple[Group, ...]:
        """The freezes in its way, hard ones first."""
        return tuple(group for group in self.conflicts.groups if group.reason in FREEZES)

    @property
    def rollback_plan(self) -> str:
        """How it is undone; empty where nobody said."""
        return str(self.request["rollback_plan"])

    @property
    def test_plan(self) -> str:
        """How it is tried; empty where nobody said."""
        return str(self.request["test_plan"])

    def as_data(self) -> dict[str, Any]:
        """As plain JSON in a stable order, fit to be kept and compared."""
        in_the_way = [group for group in self.conflicts.groups if group.reason not in FREEZES]
        data: dict[str, Any] = plain(
            {
                "request": self.request,
                "risk": self.risk.as_data(),
                "conflicts": [group.as_data() for group in in_the_way],
                "freezes": [group.as_data() for group in self.freezes],
                "partial": self.conflicts.partial,
                "blast_radius": self.blast_radius,
                "findings": [finding.as_data() for finding in self.findings],
                "similar": [
                    {
                        "reference": outcome.reference,
                        "title": outcome.title,
                        "status": outcome.status,
                        "finished_at": outcome.finished_at,
                    }
                    for outcome in self.similar
                ],
                "taken_at": self.taken_at,
            }
        )
        return data

    @cached_property
    def snapshot_hash(self) -> str:
        """The SHA-256 of what an approver saw; the same for the same facts, whenever they are looked at."""
        return digest({name: value for name, value in self.as_data().items() if name not in VOLATILE})


@lru_cache(maxsize=1)
def _sources() -> tuple[Source, ...]:
    return tuple(import_string(path) for path in settings.ITSM_EVIDENCE_SOURCES)


def evidence_of(change: Change) -> Evidence:
    """Everything that an approver should see of a change, as it stands now.

    A number of queries that does not depend on the size of the change, of the graph or of the calendar, beside those
    of the sources that ``ITSM_EVIDENCE_SOURCES`` names. They get the ids of the change's own items and of what those
    depend on directly.
    """
    plan = plan_of(change)
    around = surroundings_of(plan.ci_ids)
    conflicts = conflicts_with(plan, around)
    reach = impact_summary(plan.ci_ids)
    similar = similar_changes(plan, change.template_id)
    return Evidence(
        request=_request(change, around),
        risk=assessed(
            kind=change.type,
            rollback_plan=change.rollback_plan,
            test_plan=change.test_plan,
            reach=reach,
            conflicts=conflicts,
            similar=similar,
        ),
        conflicts=conflicts,
        blast_radius=reach,
        findings=_findings(change, plan, around),
        similar=similar,
        taken_at=now(),
    )


def similar_changes(plan: Plan, template_id: UUID | None) -> tuple[Outcome, ...]:
    """The last changes of the same template or on some of the same items that were carried out, newest first."""
    alike = Q(pk__in=ChangeCI.objects.filter(ci_id__in=plan.ci_ids).values("change_id"))
    if template_id is not None:
        alike |= Q(template_id=template_id)
    rows = (
        Change.objects.filter(alike, status__in=[str(status) for status in DONE])
        .exclude(pk=plan.change_id)
        .order_by("-finished_at", "-ref_number")
        .values_list("reference", "title", "status", "finished_at")
    )
    return tuple(Outcome(*row) for row in rows[:SIMILAR])


def _request(change: Change, around: Surroundings) -> dict[str, Any]:
    """What was asked for, as an approver reads it."""
    return {
        "reference": change.reference,
        "title": change.title,
        "description": change.description,
        "type": change.type,
        "risk": change.risk,
        "risk_reason": change.risk_reason,
        "requested_by": change.requested_by,
        "assigned_to": change.assigned_to,
        "cis": [{"id": node.id, "name": node.name} for node in around.own],
        "scheduled_at": change.scheduled_at,
        "scheduled_end": change.scheduled_end,
        "implementation_plan": change.implementation_plan,
        "test_plan": change.test_plan,
        "rollback_plan": change.rollback_plan,
        "conflict_reason": change.conflict_reason,
    }


def assessed(
    *,
    kind: str,
    rollback_plan: str,
    test_plan: str,
    reach: dict[str, Any],
    conflicts: Conflicts,
    similar: Collection[Outcome],
) -> Assessment:
    """The risk of a change of this kind, with these plans, given what is known of its surroundings.

    ``reach`` is ``cmdb.queries.impact_summary`` of its items.
    """
    return assess(
        Circumstances(
            kind=kind,
            dependents=reach["dependents"],
            more_dependents=reach["truncated"],
            criticality=reach["highest_criticality"],
            outcomes=[outcome.failed for outcome in similar],
            has_rollback_plan=bool(rollback_plan.strip()),
            has_test_plan=bool(test_plan.strip()),
            overlaps=conflicts.count(*OVERLAPS),
            hard_freezes=conflicts.count(Reason.HARD_FREEZE),
            soft_freezes=conflicts.count(Reason.SOFT_FREEZE),
        )
    )


def _findings(change: Change, plan: Plan, around: Surroundings) -> tuple[Finding, ...]:
    upstream = {node.id for node in around.dependencies.values() if node.distance == 1}
    ids = frozenset(plan.ci_ids) | upstream
    found = [finding for source in _sources() for finding in source(change, ids)]
    return tuple(sorted(found, key=lambda finding: (finding.source, finding.reference, finding.title)))
