"""``python -m bench [name …]``: run the benchmarks named, or all of them. GROWTH=1 adds those that fill a store first."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

LONG = {"growth", "mixed"}
NOT_BENCHMARKS = {"__init__", "__main__", "client", "floor", "product"}


def main() -> None:
    """Each module with a ``main`` beside this one is a benchmark."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in NOT_BENCHMARKS)
    chosen = sys.argv[1:] or [name for name in names if name not in LONG or os.environ.get("GROWTH")]
    for name in chosen:
        if name not in names:
            raise SystemExit(f"bench: there is no {name}; choose from {', '.join(names)}")
        print(f"== {name}", flush=True)
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
