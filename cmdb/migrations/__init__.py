"""The schema of configuration items, step by step."""
