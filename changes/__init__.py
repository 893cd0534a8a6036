"""Changes, approvals, calendar, conflicts, freezes. Nothing here yet."""
