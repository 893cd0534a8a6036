"""``manage.py ledger``."""
