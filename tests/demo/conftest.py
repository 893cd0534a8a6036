"""A short history for the tests that look at one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from itsm_site.demo.history import plan_northgate, plan_quayside
from itsm_site.demo.organisation import ITEMS, NORTHGATE, QUAYSIDE, found
from itsm_site.demo.play import Player
from orgs.clock import now

PASSWORD = "amber-brook-cedar-dune-ember"
# A Thursday afternoon.
AFTERNOON = datetime(2026, 9, 17, 15, 20, tzinfo=UTC)
DAYS = 3
BEFORE = timedelta(days=100)


def played(moment=AFTERNOON, days=DAYS):
    """Found both organisations and play their last days; returns them by slug."""
    founded = found(PASSWORD, moment - BEFORE)
    plans = {
        NORTHGATE: plan_northgate(7, moment, ITEMS[NORTHGATE](), days=days),
        QUAYSIDE: plan_quayside(7, moment, ITEMS[QUAYSIDE](), days=days),
    }
    for slug, plan in plans.items():
        Player(founded[slug].org, founded[slug].actors, moment).play(plan, lambda story: None)
    return founded


@pytest.fixture(scope="module")
def _played(django_db_setup, django_db_blocker):
    """Played once for all tests of a module, in a transaction around the ones that the tests have of their own."""
    with django_db_blocker.unblock():
        moment = now()
        with transaction.atomic():
            yield played(moment), moment
            transaction.set_rollback(True)


@pytest.fixture
def demo(_played, db):
    """Both organisations with three days of history."""
    return _played[0]


@pytest.fixture
def moment(_played):
    """The end of that history."""
    return _played[1]
