"""The Celery application: a doorbell that makes workers prompt; the queue itself is in the database."""

import os

from celery import Celery

from itsm_site.eviction import EvictionPolicy

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm_site.settings")

app = Celery("opsledger")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Every thread publishes through this one, the doorbell's background thread included.
app.set_default()
app.steps["worker"].add(EvictionPolicy)
