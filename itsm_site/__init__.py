"""The composition root: settings, URLs, Celery and servers; imports anything, nothing imports it."""
