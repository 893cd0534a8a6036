"""The doors through which changes, and how they are approved and planned, change."""

from changes.commands.carry_out import cancel_change, complete_change, execute_change, fail_change
from changes.commands.conflicts import accept_conflicts
from changes.commands.create import create_change
from changes.commands.edit import edit_change, reopen_change
from changes.commands.freezes import create_freeze, edit_freeze, end_freeze
from changes.commands.policies import StageSpec, save_policy, save_template
from changes.commands.reviews import review_change
from changes.commands.submit import submit_change
from changes.commands.vote import vote
from changes.commands.work import add_note, link_record, unlink_record

__all__ = [
    "StageSpec",
    "accept_conflicts",
    "add_note",
    "cancel_change",
    "complete_change",
    "create_change",
    "create_freeze",
    "edit_change",
    "edit_freeze",
    "end_freeze",
    "execute_change",
    "fail_change",
    "link_record",
    "reopen_change",
    "review_change",
    "save_policy",
    "save_template",
    "submit_change",
    "unlink_record",
    "vote",
]
