"""`manage.py serve`, `watchdog` and what the checks need; one command a file."""
