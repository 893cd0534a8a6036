"""The secret key of a desk: made once, kept in the data directory, readable by its owner alone."""

import os
import secrets
from pathlib import Path


def development_key(data_dir: Path) -> str:
    """Return the key in `data_dir`, making it first where there is none.

    Two processes that start at once agree on one key: the file appears whole or not at all.
    """
    file = data_dir / "secret-key"
    if not file.is_file():
        draft = data_dir / f".secret-key.{os.getpid()}.{secrets.token_hex(4)}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64), encoding="ascii")
        try:
            os.link(draft, file)
        except FileExistsError:
            pass  # another process was first: its key is the key
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii").strip()
