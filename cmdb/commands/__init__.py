"""The doors through which configuration items change."""

from cmdb.commands.imports import import_cis
from cmdb.commands.items import DependsOn, create_ci, set_dependencies, update_ci
from cmdb.commands.report import ImportReport, RowOutcome

__all__ = [
    "DependsOn",
    "ImportReport",
    "RowOutcome",
    "create_ci",
    "import_cis",
    "set_dependencies",
    "update_ci",
]
