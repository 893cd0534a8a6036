"""gunicorn's settings, from the same environment as everything else."""

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm_site.settings")

from django.conf import settings

from itsm_site.databases import SINGLE_NODE

_given = settings.ENVIRONMENT

bind = f"[{_given.bind}]:{settings.PORT}" if ":" in _given.bind else f"{_given.bind}:{settings.PORT}"
worker_class = "itsm_site.gunicorn_worker.Worker"
# SQLite has one writer at a time, so a second process would mostly wait.
workers = _given.web_workers or (1 if settings.SQLITE else 2)
threads = _given.web_threads
keepalive = 15
timeout = 60
graceful_timeout = 20
backlog = 512
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190
# TrustedProxies decides which forwarding headers count, not the server.
forwarded_allow_ips = ""
control_socket_disable = True
accesslog = None  # RequestLog writes one line a request
errorlog = "-"
logger_class = "itsm_site.gunicorn_worker.Logger"
# The heartbeat file of each worker must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn makes a private file in it


def when_ready(server: Any) -> None:
    """Called by gunicorn when it listens."""
    if settings.SQLITE:
        server.log.info(SINGLE_NODE)
