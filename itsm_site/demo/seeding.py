"""Making the data of a demonstration: organisations, keys and the first part of their history, through the commands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from itsm_site.demo.chronicle import Chronicle
from itsm_site.demo.console import Console
from itsm_site.demo.organisation import (
    ITEMS,
    NAMES,
    PEOPLE,
    Founded,
    api_key,
    found,
    intake_key,
    passphrase,
    routing_key,
)
from itsm_site.demo.place import Place
from orgs.clock import now
from orgs.models import Organisation

BEFORE = timedelta(days=120)
"""How long ago the configuration items were entered."""


class Interrupted(Exception):
    """Somebody wants to stop."""


def make(console: Console, place: Place, *, interrupted: Callable[[], bool]) -> dict[str, Any]:
    """Make what must be there at first sight, as of now; returns the credentials. Raises ``Interrupted``."""
    place.begin()
    moment = now()
    password = passphrase()
    with console.step("Organisations") as step:
        step.progress("people, teams, configuration items")
        with transaction.atomic():
            founded = found(password, moment - BEFORE)
        items = sum(len(make_items()) for make_items in ITEMS.values())
        people = sum(len(people) for people in PEOPLE.values())
        step.progress(f"{len(founded)} with {people} people and {items} configuration items")
    credentials = {
        "password": password,
        "organisations": {slug: _of_organisation(one.org) for slug, one in founded.items()},
    }
    place.keep_credentials(credentials)
    _tell_first(console, Chronicle.begin(place, moment), founded, interrupted)
    connection.close()
    return credentials


def _tell_first(
    console: Console, chronicle: Chronicle, founded: dict[str, Founded], interrupted: Callable[[], bool]
) -> None:
    with console.step("Incidents") as step:

        def after_each(told: int, total: int) -> None:
            if interrupted():
                raise Interrupted
            step.progress(f"{told} of the last days")

        chronicle.tell_first(founded, after_each)
        later = chronicle.total - chronicle.told
        step.progress(f"{chronicle.told} of the last days; {later} older ones follow")


def _of_organisation(org: Organisation) -> dict[str, Any]:
    return {
        "name": NAMES[org.slug],
        "id": str(org.pk),
        "api_key": api_key(org),
        "alert_key": intake_key(org),
        "pagerduty_routing_key": routing_key(org),
        "sign_ins": [
            {
                "username": person.username,
                "name": person.name,
                "post": person.post,
                "roles": [role.value for role in person.roles],
            }
            for person in PEOPLE[org.slug]
            if person.listed
        ],
    }
