"""Organisations, their people, teams, keys and the seals over their ledger, in the admin."""

from orgs.admin.keys import ApiKeyAdmin
from orgs.admin.ledger import CheckpointAdmin
from orgs.admin.organisation import OrganisationAdmin, ProjectAdmin, TeamAdmin
from orgs.admin.people import MembershipAdmin, UserAdmin

__all__ = [
    "ApiKeyAdmin",
    "CheckpointAdmin",
    "MembershipAdmin",
    "OrganisationAdmin",
    "ProjectAdmin",
    "TeamAdmin",
    "UserAdmin",
]
