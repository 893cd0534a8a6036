"""The tables of organisations, people, keys and of the installation itself."""

from orgs.models.installation import Checkpoint, Heartbeat, PeriodicRun
from orgs.models.keys import ApiKey
from orgs.models.organisation import Organisation, Project, Team, TeamMember
from orgs.models.people import Membership, SignInAttempt, User

__all__ = [
    "ApiKey",
    "Checkpoint",
    "Heartbeat",
    "Membership",
    "Organisation",
    "PeriodicRun",
    "Project",
    "SignInAttempt",
    "Team",
    "TeamMember",
    "User",
]
