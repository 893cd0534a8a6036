"""Celery messages as files: kombu's file-system transport with messages that appear and vanish whole."""

import uuid
from pathlib import Path
from queue import Empty
from time import time
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):  # type: ignore[misc]  # untyped
    """One process's way to the folder.

    The original opens a message under its final name before it writes it, so that a worker that
    looks in between takes an empty file for a message; and it moves what it takes through the
    machine's temporary folder, which may be another file system. Here both steps are one rename.
    """

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:
        folder = Path(self.data_folder_out)
        draft = folder / f".{uuid.uuid4()}.draft"
        draft.write_text(dumps(payload), encoding="utf-8")
        # Padded, so that the order of names is the order of time.
        draft.rename(folder / f"{int(time() * 1000):015d}_{uuid.uuid4()}.{queue}.msg")

    def _get(self, queue: str) -> Any:
        folder, taken = Path(self.data_folder_in), Path(self.processed_folder)
        for name in sorted(entry.name for entry in folder.iterdir()):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            try:
                (folder / name).rename(taken / name)
            except OSError:
                continue  # another worker was faster
            payload = (taken / name).read_text(encoding="utf-8")
            (taken / name).unlink()
            return loads(payload)
        raise Empty


class Transport(filesystem.Transport):  # type: ignore[misc]  # untyped
    """What `broker_transport` names."""

    Channel = Channel
