"""The admin of configuration items: read-only rows, buttons that call commands, and the import."""

from cmdb.admin.changes import ChangeAdmin
from cmdb.admin.items import ItemAdmin

__all__ = ["ChangeAdmin", "ItemAdmin"]
