"""Who is really asking: forwarding headers are believed from our own proxies and dropped from anyone else."""

import ipaddress
from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from itsm_site.env_values import Network
from itsm_site.middleware.types import GetResponse

_FORWARDING = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
)


class TrustedProxies:
    """Put the client's address in REMOTE_ADDR, so that nothing behind has to read a forwarding header."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        meta = request.META
        trusted: Sequence[Network] = settings.ITSM_TRUSTED_PROXIES
        if _belongs(meta.get("REMOTE_ADDR", ""), trusted):
            meta["REMOTE_ADDR"] = client_address(meta["REMOTE_ADDR"], meta.get("HTTP_X_FORWARDED_FOR", ""), trusted)
            # The last proxy is the one that we know; what stood before it was typed by the client.
            protocols = meta.get("HTTP_X_FORWARDED_PROTO", "").split(",")
            meta["HTTP_X_FORWARDED_PROTO"] = protocols[-1].strip()
        else:
            for name in _FORWARDING:
                meta.pop(name, None)
        return self.get_response(request)


def client_address(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """The nearest address, from our side, that is not one of our proxies."""
    found = peer
    for hop in reversed(forwarded_for.split(",")):
        address = hop.strip()
        if not _is_address(address):
            break  # whoever wrote that is not a proxy of ours
        found = address
        if not _belongs(address, trusted):
            break
    return found


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _belongs(text: str, trusted: Sequence[Network]) -> bool:
    if not trusted or not _is_address(text):
        return False
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in trusted)
