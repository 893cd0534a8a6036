"""The risk of a change as it is now or would be: its reach, how such changes ended, and what is in its way."""

from __future__ import annotations

from uuid import UUID

from changes.conflicts import conflicts_with
from changes.evidence import assessed, similar_changes
from changes.risk import Assessment
from changes.surroundings import Plan
from cmdb.queries import impact_summary


def computed_risk(plan: Plan, *, kind: str, rollback_plan: str, test_plan: str, template_id: UUID | None) -> Assessment:
    """The risk that a change of this kind has with this plan, with its reasons."""
    return assessed(
        kind=kind,
        rollback_plan=rollback_plan,
        test_plan=test_plan,
        reach=impact_summary(plan.ci_ids),
        conflicts=conflicts_with(plan),
        similar=similar_changes(plan, template_id),
    )
