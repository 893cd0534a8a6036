"""The command line of organisations and keys."""
