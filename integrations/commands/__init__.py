"""The doors through which people change what the intake keeps."""

from integrations.commands.configure_source import configure_source
from integrations.commands.promote_alert import promote_alert
from integrations.commands.replay_item import replay_item

__all__ = ["configure_source", "promote_alert", "replay_item"]
