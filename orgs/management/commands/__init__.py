"""``manage.py org`` and ``manage.py apikey``."""
