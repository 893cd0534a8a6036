"""The tables of alert intake: bodies as they came, alerts, what ties them to incidents, and how sources are treated."""

from integrations.models.alert import Alert, EarlyResolve
from integrations.models.inbox import InboxItem
from integrations.models.incident_link import Calm, Correlation
from integrations.models.source import AlertSource

__all__ = ["Alert", "AlertSource", "Calm", "Correlation", "EarlyResolve", "InboxItem"]
