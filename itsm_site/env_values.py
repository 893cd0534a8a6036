"""How the text of one environment variable becomes a value: one small parser per kind."""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import environ

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_HOST = re.compile(r"\A(\*|\.?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])\Z")
_POSTGRESQL_SCHEMES = frozenset({"postgres", "postgresql"})
_REDIS_SCHEMES = frozenset({"redis", "rediss"})


class Malformed(ValueError):
    """A value cannot be read; the text completes the sentence "NAME is malformed: …"."""


def text(minimum: int = 0, maximum: int = 4096) -> Callable[[str], str]:
    """Printable text of `minimum` to `maximum` characters."""

    def parse(raw: str) -> str:
        if not minimum <= len(raw) <= maximum:
            raise Malformed(f"it must have {minimum} to {maximum} characters, and has {len(raw)}")
        if not raw.isprintable():
            raise Malformed("it contains a control character")
        return raw

    return parse


def whole_number(minimum: int, maximum: int) -> Callable[[str], int]:
    """A decimal whole number inside the bounds, both included."""

    def parse(raw: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", raw) or not minimum <= int(raw) <= maximum:
            raise Malformed(f"expected a whole number from {minimum} to {maximum}, got {raw!r}")
        return int(raw)

    return parse


def switch(raw: str) -> bool:
    """True or false; unlike a bare `bool`, anything else is refused instead of meaning false."""
    if raw.lower() in _TRUE:
        return True
    if raw.lower() in _FALSE:
        return False
    raise Malformed(f"expected true or false, got {raw!r}")


def one_of(*choices: str) -> Callable[[str], str]:
    """Exactly one of the listed words."""

    def parse(raw: str) -> str:
        if raw not in choices:
            raise Malformed(f"expected one of {', '.join(choices)}, got {raw!r}")
        return raw

    return parse


def words(raw: str) -> tuple[str, ...]:
    """A comma-separated list; blanks around items are dropped, empty items refused."""
    if not raw.strip():
        return ()
    items = tuple(item.strip() for item in raw.split(","))
    if not all(items):
        raise Malformed("it contains an empty item between commas")
    return items


def hosts(raw: str) -> tuple[str, ...]:
    """Host names as Django's ALLOWED_HOSTS takes them: names, `.suffix`, addresses or `*`."""
    names = words(raw)
    for name in names:
        if not _HOST.match(name):
            raise Malformed(f"{name!r} is not a host name (no scheme, port or path)")
    return names


def networks(raw: str) -> tuple[Network, ...]:
    """Comma-separated IP addresses or CIDR networks."""
    found: list[Network] = []
    for item in words(raw):
        try:
            found.append(ipaddress.ip_network(item))
        except ValueError as error:
            raise Malformed(f"{item!r} is not an address or network ({error})") from None
    return tuple(found)


def path(raw: str) -> Path:
    """A file-system path; `~` is expanded, a relative one counts from the working directory."""
    if not raw or "\0" in raw:
        raise Malformed("expected a path")
    return Path(raw).expanduser().absolute()


def optional_path(raw: str) -> Path | None:
    """Like `path`; an empty value means none."""
    return path(raw) if raw else None


def _split(raw: str) -> SplitResult:
    try:
        parts = urlsplit(raw)
        _ = parts.port  # raises on a port that is no number
    except ValueError:
        # Never the value itself: URLs of services carry passwords.
        raise Malformed("it is not a URL") from None
    return parts


def http_url(raw: str) -> str:
    """An absolute http or https URL without credentials; a closing slash is dropped."""
    parts = _split(raw)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise Malformed("expected a URL such as https://itsm.example.org")
    return raw.rstrip("/")


def database(raw: str) -> dict[str, object]:
    """A Django database entry from a `sqlite:///path` or `postgresql://user@host/name` URL."""
    scheme = _split(raw).scheme
    if scheme != "sqlite" and scheme not in _POSTGRESQL_SCHEMES:
        raise Malformed("expected a URL that starts with sqlite:/// or postgresql://")
    if scheme == "sqlite" and not raw.startswith("sqlite:///"):
        raise Malformed("an SQLite URL has three slashes before its path: sqlite:///path/to/file")
    entry: dict[str, object] = environ.Env.db_url_config(raw)
    if not entry.get("NAME") or entry["NAME"] == "/":
        raise Malformed("it names no database")
    return entry


def redis(raw: str) -> str:
    """A `redis://` or `rediss://` URL; the empty text means that there is none."""
    if not raw:
        return raw
    parts = _split(raw)
    if parts.scheme not in _REDIS_SCHEMES or not parts.hostname:
        raise Malformed("expected a URL such as redis://localhost:6379/0")
    if parts.path not in {"", "/"} and not re.fullmatch(r"/[0-9]{1,3}", parts.path):
        raise Malformed("what follows the port must be the number of a Redis database")
    return raw
