"""The sources of alerts, one module each: a module here that defines ``SOURCE`` is one more source."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from integrations.intake.source import Source


def _found() -> dict[str, Source]:
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return {module.SOURCE.name: module.SOURCE for module in modules}


SOURCES: dict[str, Source] = _found()
"""Name, as it stands in the address of the intake, to source."""
