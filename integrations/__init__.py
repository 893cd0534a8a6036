"""Other systems: alert intake now, tickets and notifications later."""
