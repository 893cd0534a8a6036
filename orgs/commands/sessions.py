"""Ending people's sessions."""

from __future__ import annotations

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from orgs.clock import now
from orgs.models import User


def end_sessions(user: User) -> int:
    """End every session of a person at once, and say how many there were."""
    ended = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=now()).iterator(chunk_size=500)
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    Session.objects.filter(pk__in=ended).delete()
    return len(ended)
