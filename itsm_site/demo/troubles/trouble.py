"""The form in which a kind of trouble is told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """One kind of trouble.

    ``cis`` are patterns of the names that it befalls and ``severities`` what it may weigh, the likely ones repeated,
    both separated by blanks. ``alert`` is the rule that noticed it; without one a person reported it. The texts may
    name ``{ci}`` and ``{n}``, a number in ``numbers``. ``actions`` are (kind, label, details); ``vendor`` is who may be
    waited for; ``weight`` is how often it happens beside the others.
    """

    title: str
    cis: str
    team: str
    severities: str
    description: str
    signals: tuple[str, ...]
    hypotheses: tuple[str, ...]
    actions: tuple[tuple[str, str, str], ...]
    cause: str
    fix: str
    alert: str = ""
    service: str = ""
    slo: str = ""
    vendor: str = ""
    tags: str = ""
    runbook: str = ""
    numbers: tuple[int, int] = (2, 9)
    weight: int = 2
