"""How long a sign-in lasts: eight hours without a request, twenty-four in all."""

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from itsm_site.middleware.types import GetResponse
from orgs import clock

BEGAN = "began"
SEEN = "seen"
# The idle clock is moved on at most this often (seconds), not by a write for every request.
_STEP = 60


class SessionAge:
    """End a session that is too old, and move the idle clock of one that is in use."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            self._mind(request)
        return self.get_response(request)

    def _mind(self, request: HttpRequest) -> None:
        session = request.session
        now = int(clock.now().timestamp())
        began = session.setdefault(BEGAN, now)
        seen = session.setdefault(SEEN, now)
        too_old = now - began > settings.ITSM_SESSION_ABSOLUTE_SECONDS
        if too_old or now - seen > settings.SESSION_COOKIE_AGE:
            session.flush()
        elif now - seen >= _STEP:
            session[SEEN] = now
