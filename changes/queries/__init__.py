"""What can be read of changes; every function works inside ``org_scope`` and sees one organisation."""

from changes.queries.lists import ORDERINGS, ChangeFilter, changes, facets, overdue_approvals, reviews_due
from changes.queries.records import (
    Ident,
    affected_ids,
    affected_refs,
    events_of,
    find_change,
    find_policy,
    find_template,
    policies,
    templates,
)
from changes.queries.risk import computed_risk
from changes.queries.voting import (
    Seat,
    approval_for,
    awaiting,
    facts_of,
    may_vote,
    member_as_voter,
    person,
    principals_of,
    voter_of,
    wants_votes,
)

__all__ = [
    "ORDERINGS",
    "ChangeFilter",
    "Ident",
    "Seat",
    "affected_ids",
    "affected_refs",
    "approval_for",
    "awaiting",
    "changes",
    "computed_risk",
    "events_of",
    "facets",
    "facts_of",
    "find_change",
    "find_policy",
    "find_template",
    "may_vote",
    "member_as_voter",
    "overdue_approvals",
    "person",
    "policies",
    "principals_of",
    "reviews_due",
    "templates",
    "voter_of",
    "wants_votes",
]
