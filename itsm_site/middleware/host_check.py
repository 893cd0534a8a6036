"""Every request names a host of ours, whether or not the view behind would have looked."""

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from itsm_site.failures import failure
from itsm_site.middleware.types import GetResponse


class HostCheck:
    """Refuse a Host header that is not in ALLOWED_HOSTS; Django itself checks only where a view asks for it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            request.get_host()
        except DisallowedHost:
            return failure(request, 400, code="unknown_host", detail="The Host header does not name this service.")
        return self.get_response(request)
