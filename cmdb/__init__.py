"""Configuration items, what they depend on, and what an outage of one reaches."""
