"""The doors through which a problem changes."""

from problems.commands.create import create_problem
from problems.commands.edit import assign, update_problem
from problems.commands.lifecycle import change_status
from problems.commands.links import (
    link_fixing_change,
    link_incidents,
    unlink_fixing_change,
    unlink_incidents,
)
from problems.commands.recurrence import accept_proposal, dismiss_proposal, set_recurrence_rule
from problems.commands.resolving import resolve, resolve_linked_incidents
from problems.commands.work import add_note, record_workaround_use

__all__ = [
    "accept_proposal",
    "add_note",
    "assign",
    "change_status",
    "create_problem",
    "dismiss_proposal",
    "link_fixing_change",
    "link_incidents",
    "record_workaround_use",
    "resolve",
    "resolve_linked_incidents",
    "set_recurrence_rule",
    "unlink_fixing_change",
    "unlink_incidents",
    "update_problem",
]
