"""Changes in the admin: the list, the approvers' queue, and the record with its evidence, its stream and its buttons."""

from changes.admin.change import ChangeAdmin

__all__ = ["ChangeAdmin"]
