"""The doors through which a change changes."""

from changes.commands.create import create_change

__all__ = ["create_change"]
