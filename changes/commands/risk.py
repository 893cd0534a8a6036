"""The risk of a change against what is computed of it: what follows by itself, and what a person's word outlives."""

from __future__ import annotations

from changes.events import RiskChanged
from changes.models import Change
from changes.risk import Assessment
from changes.states import RISK_RANKS


def risk_event(row: Change, after: str, computed: Assessment, reason: str) -> RiskChanged | None:
    """The event that says so, or None where nothing of it is new."""
    factors = [factor.as_data() for factor in computed.factors]
    if (after, computed.level, reason, factors) == (row.risk, row.risk_computed, row.risk_reason, row.risk_factors):
        return None
    return RiskChanged(row.risk, after, row.risk_computed, computed.level, reason, factors)


def reassessed(row: Change, computed: Assessment, reason: str) -> RiskChanged | None:
    """What a new computation makes of the risk.

    One that nobody set follows it; one that a person set stands with its ``reason``, unless what is computed rose
    past it.
    """
    set_by_person = row.risk != row.risk_computed
    rose = RISK_RANKS[computed.level] > RISK_RANKS[row.risk_computed]
    if set_by_person and not (rose and RISK_RANKS[computed.level] > RISK_RANKS[row.risk]):
        return risk_event(row, row.risk, computed, reason)
    return risk_event(row, computed.level, computed, reason if computed.level == row.risk else "")
