"""Real senders: other people's programs firing and resolving against the whole product."""
