"""What the lists of the intake share: their counts, their filters, and the command that sends a first alert."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from incidents.views.listing import test_alert
from integrations.models import Alert
from integrations.queries import (
    IntakeCounts,
    intake_counts,
)
from orgs.clock import now
from orgs.facets import MOST_COUNTED, Address, Facet, chips_of, options_of
from orgs.pages import PageRequest
from orgs.remembered import Remembered

PAGE_SIZE = 50
FRESH_SECONDS = 15
ALERT_WORDS = {value: str(label) for value, label in Alert.State.choices}

_counts: Remembered[IntakeCounts] = Remembered(64)


def intake_numbers(org_id: UUID) -> IntakeCounts:
    """The intake's counts of the current organisation, at most fifteen seconds old."""
    return _counts.get((org_id, int(now().timestamp()) // FRESH_SECONDS), intake_counts)


def list_context(
    address: Address, facets: tuple[Facet, ...], numbers: dict[str, dict[str, int]], counted: int, next_cursor: str
) -> dict[str, Any]:
    """What the templates of both lists need of their filters and pages."""
    return {
        "facets": options_of(facets, address, numbers),
        "capped": MOST_COUNTED if counted == MOST_COUNTED else 0,
        "chips": chips_of(facets, address),
        "clear_url": address.path,
        "q": address.q,
        "kept": [pair for pair in address.pairs if pair[0] != "q"],
        "next_url": address.url(cursor=next_cursor) if next_cursor else "",
        "first_url": address.url() if address.cursor else "",
    }


def sample_alert(request: PageRequest) -> str:
    """A command that sends one alert; the key is the reader's to fill in."""
    return test_alert(request.build_absolute_uri("/").rstrip("/"))
