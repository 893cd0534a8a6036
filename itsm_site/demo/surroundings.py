"""The environment that a demonstration runs in, made from the one it was called from."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

from itsm_site.environment import PREFIX, ConfigurationError, Environment

FOLDER = "demo"


def for_demo(given: Mapping[str, str], present: Environment, port: int | None) -> dict[str, str]:
    """The environment for a demo: data in ``var/demo`` unless ``ITSM_DATA_DIR`` says where, the port that was asked for.

    Everything else is honoured as it is. Raises ``ConfigurationError`` in production.
    """
    if present.mode == "production":
        raise ConfigurationError("The demo is for a desk, and ITSM_ENV says production.")
    wanted = dict(given)
    if present.data_dir == default_folder():
        wanted["ITSM_DATA_DIR"] = str(default_folder() / FOLDER)
    if port is not None:
        wanted["PORT"] = str(port)
    return wanted


def for_check(given: Mapping[str, str], directory: Path) -> dict[str, str]:
    """The environment for a check: data in ``directory``, a free port, and nothing of what the desk has configured."""
    kept = {
        name: value
        for name, value in given.items()
        if not name.startswith(PREFIX) and name not in {"DATABASE_URL", "REDIS_URL", "PORT"}
    }
    return {
        **kept,
        "ITSM_ENV": "development",
        "ITSM_ENV_FILE": "",
        "ITSM_DATA_DIR": str(directory),
        "PORT": str(free_port()),
    }


def default_folder() -> Path:
    """Where data lie unless the environment says otherwise."""
    row = next(f for f in Environment.__dataclass_fields__.values() if f.name == "data_dir").metadata["variable"]
    found: Path = row.parse(row.default)
    return found


def free_port(near: int = 0) -> int:
    """A port on which nothing listens: the first one after ``near``, or any."""
    for port in range(near + 1, min(near + 200, 65_535)) if near else (0,):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    return free_port()
