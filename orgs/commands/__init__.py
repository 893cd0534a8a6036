"""The doors through which organisations, people, teams and keys change."""

from orgs.commands.accounts import (
    choose_password,
    close_account,
    edit_account,
    invite,
    open_account,
    password_link,
    set_staff,
)
from orgs.commands.keys import issue_key, revoke_key
from orgs.commands.members import add_member, create_user, remove_member, runs_installation
from orgs.commands.organisations import create_organisation, create_project, rename_organisation, rename_project
from orgs.commands.sessions import end_sessions
from orgs.commands.teams import add_to_team, create_team, rename_team, take_from_team

__all__ = [
    "add_member",
    "add_to_team",
    "choose_password",
    "close_account",
    "create_organisation",
    "create_project",
    "create_team",
    "create_user",
    "edit_account",
    "end_sessions",
    "invite",
    "issue_key",
    "open_account",
    "password_link",
    "remove_member",
    "rename_organisation",
    "rename_project",
    "rename_team",
    "revoke_key",
    "runs_installation",
    "set_staff",
    "take_from_team",
]
