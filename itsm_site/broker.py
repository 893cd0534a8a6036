"""Celery's settings for its two brokers: Redis, or files in the data directory where no Redis is configured."""

from pathlib import Path
from typing import Any

QUEUES = ("intake", "timers", "deliveries")
# Seconds. A task is given back when it took longer than any task may (hard limit 90).
VISIBILITY_TIMEOUT = 300


def settings_for(redis_url: str, data_dir: Path) -> dict[str, Any]:
    """Celery's broker settings; without a Redis URL, for files under `data_dir`."""
    return _redis(redis_url) if redis_url else _files(data_dir / "broker")


def _files(folder: Path) -> dict[str, Any]:
    messages, control, taken = folder / "messages", folder / "control", folder / "taken"
    for directory in (messages, control, taken):
        directory.mkdir(parents=True, exist_ok=True)
    return {
        "url": "filesystem://localhost",
        "transport": "itsm_site.file_transport.Transport",
        "options": {
            "data_folder_in": str(messages),
            "data_folder_out": str(messages),
            "control_folder": str(control),
            "processed_folder": str(taken),
            "polling_interval": 0.1,
        },
    }


def _redis(url: str) -> dict[str, Any]:
    return {
        "url": url,
        "transport": None,
        "options": {
            "visibility_timeout": VISIBILITY_TIMEOUT,
            # Without these two, the sweep for a killed worker's tasks runs so rarely that one took 108 s.
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": 1,
            # More than the second for which a worker's own blocking read waits.
            "socket_timeout": 5,
            "health_check_interval": 10,
        },
    }
