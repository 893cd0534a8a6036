"""The event-log mechanism: abstract events and aggregates, recording, replaying, verifying. It owns no table."""
