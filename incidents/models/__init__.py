"""The tables of incidents: the row, its stream, what hangs below it, and what is due."""

from incidents.models.belongings import IncidentAction, IncidentCI, IncidentKey, IncidentSignal, SLOViolation
from incidents.models.clocks import Deadline, DurationSample, DurationTotal, SlaTarget
from incidents.models.incident import Incident, IncidentEvent

__all__ = [
    "Deadline",
    "DurationSample",
    "DurationTotal",
    "Incident",
    "IncidentAction",
    "IncidentCI",
    "IncidentEvent",
    "IncidentKey",
    "IncidentSignal",
    "SLOViolation",
    "SlaTarget",
]
