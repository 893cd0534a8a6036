"""The tables of changes: the row, its stream, what it touches, and how it is approved."""

from changes.models.approval import ApprovalPolicy, ChangeTemplate
from changes.models.change import Change, ChangeCI, ChangeEvent
from changes.models.planning import Freeze, FreezeChange

__all__ = ["ApprovalPolicy", "Change", "ChangeCI", "ChangeEvent", "ChangeTemplate", "Freeze", "FreezeChange"]
