"""Incidents in the admin: the list, the record with its stream, and buttons for the legal next steps."""

from incidents.admin.incident import IncidentAdmin
from incidents.admin.targets import SlaTargetAdmin

__all__ = ["IncidentAdmin", "SlaTargetAdmin"]
