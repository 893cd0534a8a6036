"""Management commands of configuration items."""
