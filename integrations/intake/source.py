"""What a source of alerts is: how its bodies are checked and read, and what holds until an operator says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.intake.normalised import ParsedBody

MIB = 1024 * 1024

Given = dict[str, Any]
"""What acceptance added to a body and parsing needs again, such as a key that was made up for it."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a source with a synchronous contract found in a body before it is stored.

    ``event_id`` is the sender's own id of the delivery, empty where it gave none.
    """

    given: Given
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of sender.

    ``parse`` normalises a decoded body and may raise ``Unreadable``. ``check`` exists for formats whose senders are
    told at once what is wrong (it raises ``Invalid``); without it every body is accepted. ``ci_paths`` and
    ``service_paths`` name labels, or dotted paths into the alert as sent, in the order in which they are tried.
    """

    name: str
    label: str
    parse: Callable[[Any, Given], ParsedBody]
    ci_paths: tuple[str, ...] = ()
    service_paths: tuple[str, ...] = ()
    severities: Mapping[str, str] | None = None
    check: Callable[[bytes, Given], Accepted] | None = None
    largest: int = 16 * MIB
