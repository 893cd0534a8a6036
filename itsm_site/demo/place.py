"""The directory of a demonstration: who runs on it, how far its data were made, and the sign-ins that go with them."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

from itsm_site.serving import CannotServe

LEFTOVER_WAIT = 8.0
"""Seconds that the children of a killed run get to end by themselves."""
_OWN_FILES = ("opsledger.sqlite3*", "credentials.json", "demo.json", "alerts.json", "beat-schedule*")
_OWN_FOLDERS = ("broker", "log")


class Place:
    """The directory and the files in it that the demonstration makes."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.credentials_file = directory / "credentials.json"
        self.alerts_file = directory / "alerts.json"
        self.log_folder = directory / "log"
        self._state_file = directory / "demo.json"
        self._lock_file = directory / "demo.lock"

    # --- one run at a time ------------------------------------------------------------------------

    def occupy(self, url: str) -> int:
        """Take the directory for this run; returns the descriptor that holds it as long as any copy of it is open.

        The children keep copies, so that what a killed run left behind is noticed. Raises ``CannotServe``.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + LEFTOVER_WAIT
        while not _taken(descriptor):
            holder = self._holder()
            if _is_alive(holder.get("pid")) or time.monotonic() > deadline:
                os.close(descriptor)
                raise CannotServe(_occupied(holder))
            time.sleep(0.2)
        self.note(url, {})
        return descriptor

    def note(self, url: str, children: dict[str, int]) -> None:
        """Write down who runs here, for the one that comes next."""
        entry = {"pid": os.getpid(), "url": url, "children": children}
        self._lock_file.write_text(json.dumps(entry), encoding="utf-8")

    def _holder(self) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(self._lock_file.read_text(encoding="utf-8"))
            if isinstance(found, dict):
                return found
        return {}

    # --- the data ---------------------------------------------------------------------------------

    @property
    def is_made(self) -> bool:
        """Whether the data were made to their end."""
        return self._state() == "made"

    @property
    def is_begun(self) -> bool:
        """Whether the data were begun and not finished."""
        return self._state() == "begun"

    @property
    def is_growing(self) -> bool:
        """Whether the data can be used and more of them are to come."""
        return self._state() == "growing"

    @property
    def is_known(self) -> bool:
        """Whether a demonstration has made data here at all."""
        return self._state() != ""

    def begin(self) -> None:
        """From now on the data are half-made and of no use."""
        self._keep_state({"data": "begun"})

    def grow(self, progress: dict[str, Any]) -> None:
        """The data can be used; ``progress`` says how far they are."""
        self._keep_state({"data": "growing", "progress": progress})

    def finish(self) -> None:
        """The data are whole."""
        self._keep_state({"data": "made"})

    def progress(self) -> dict[str, Any]:
        """What ``grow`` kept."""
        found: dict[str, Any] = json.loads(self._state_file.read_text(encoding="utf-8"))["progress"]
        return found

    def _keep_state(self, state: dict[str, Any]) -> None:
        draft = self._state_file.with_suffix(".draft")
        draft.write_text(json.dumps(state), encoding="utf-8")
        draft.rename(self._state_file)

    def _state(self) -> str:
        with contextlib.suppress(OSError, ValueError):
            return str(json.loads(self._state_file.read_text(encoding="utf-8"))["data"])
        return ""

    def clear(self) -> None:
        """Remove what a demonstration made here, and nothing else that may lie in the directory."""
        files = [file for pattern in _OWN_FILES for file in self.directory.glob(pattern)]
        files += [file for name in _OWN_FOLDERS for file in (self.directory / name).rglob("*")]
        for file in files:
            if file.is_file():
                file.unlink()

    def destroy(self) -> None:
        """Remove the directory with everything in it; for one that was made for this run alone."""
        shutil.rmtree(self.directory, ignore_errors=True)

    # --- sign-ins ---------------------------------------------------------------------------------

    def keep_credentials(self, credentials: dict[str, Any]) -> None:
        """Write the sign-ins and keys, readable by the owner alone from the first byte on."""
        draft = self.directory / f".credentials.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(credentials, file, indent=2, ensure_ascii=False)
            file.write("\n")
        draft.rename(self.credentials_file)

    def credentials(self) -> dict[str, Any]:
        """What ``keep_credentials`` wrote. Raises ``CannotServe`` where it is gone."""
        with contextlib.suppress(OSError, ValueError):
            found: dict[str, Any] = json.loads(self.credentials_file.read_text(encoding="utf-8"))
            return found
        message = f"{self.credentials_file} is gone or damaged; --reset makes new data with new sign-ins."
        raise CannotServe(message)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(pid: Any) -> bool:
    if not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _occupied(holder: dict[str, Any]) -> str:
    if _is_alive(holder.get("pid")):
        return (
            f"A demo runs on these data already, at {holder.get('url', 'another address')}. Use that one, or stop it "
            f"first: Ctrl-C in its terminal, or kill {holder['pid']}."
        )
    left = [str(pid) for pid in dict(holder.get("children", {})).values() if _is_alive(pid)]
    return (
        "An earlier demo was killed and left processes behind that still use these data. End them first: "
        + (f"kill {' '.join(left)}" if left else "look for gunicorn and celery in the list of processes")
        + "."
    )
