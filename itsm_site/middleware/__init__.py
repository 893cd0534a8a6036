"""What every request passes through before a view and every response after it; one rule a file."""
