"""`/api/v1`: incidents, alerts, stored intake bodies and health for other services."""
