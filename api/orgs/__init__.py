"""`/api/orgs/{orgId}`: incidents and their timeline as an event-sourced service speaks of them."""
