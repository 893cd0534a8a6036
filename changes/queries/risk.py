"""The risk of a change as it is now or would be: its reach, how such changes ended, and what is in its way."""

from __future__ import annotations

from uuid import UUID

from changes.conflicts import OVERLAPS, Reason, conflicts_with
from changes.evidence import similar_changes
from changes.risk import Assessment, Circumstances, assess
from changes.surroundings import Plan
from cmdb.queries import impact_summary


def computed_risk(plan: Plan, *, kind: str, rollback_plan: str, test_plan: str, template_id: UUID | None) -> Assessment:
    """The risk that a change of this kind has with this plan, with its reasons."""
    reach = impact_summary(plan.ci_ids)
    conflicts = conflicts_with(plan)
    return assess(
        Circumstances(
            kind=kind,
            dependents=reach["dependents"],
            more_dependents=reach["truncated"],
            criticality=reach["highest_criticality"],
            outcomes=[outcome.failed for outcome in similar_changes(plan, template_id)],
            has_rollback_plan=bool(rollback_plan.strip()),
            has_test_plan=bool(test_plan.strip()),
            overlaps=conflicts.count(*OVERLAPS),
            hard_freezes=conflicts.count(Reason.HARD_FREEZE),
            soft_freezes=conflicts.count(Reason.SOFT_FREEZE),
        )
    )
