"""The words of configuration management: their fixed choices, and how names are written down to be compared."""

from __future__ import annotations

import re
import unicodedata

from django.db import models


class Criticality(models.TextChoices):
    """How much hangs on a configuration item, most first."""

    CRITICAL = "critical", "Critical"
    HIGH = "high", "High"
    MEDIUM = "medium", "Medium"
    LOW = "low", "Low"


class CIStatus(models.TextChoices):
    """Where a configuration item is in its life. ``missing`` is said by imports only: its source no longer lists it."""

    ACTIVE = "active", "Active"
    PLANNED = "planned", "Planned"
    RETIRED = "retired", "Retired"
    MISSING = "missing", "Missing"


class DependencyKind(models.TextChoices):
    """How one configuration item depends on another; each reads "dependent … dependency"."""

    DEPENDS_ON = "depends_on", "depends on"
    RUNS_ON = "runs_on", "runs on"
    HOSTED_ON = "hosted_on", "is hosted on"
    MEMBER_OF = "member_of", "is a member of"
    CONNECTS_TO = "connects_to", "connects to"
    USES = "uses", "uses"


class KeySort(models.TextChoices):
    """What a lookup key was taken from, the surest first: the order decides when two items share a key."""

    NAME = "1-name", "Name"
    ALIAS = "2-also", "Alias"
    FQDN = "3-fqdn", "Fully qualified name"
    HOSTNAME = "4-host", "Host name"
    ADDRESS = "5-addr", "Address"


NAME_LENGTH = 200
KIND_LENGTH = 64
ENVIRONMENT_LENGTH = 64
SOURCE_LENGTH = 64
EXTERNAL_ID_LENGTH = 255
KEY_LENGTH = 600
"""A name of 200 characters can fold to three times as many."""

RANKS: dict[str, int] = {value: rank for rank, value in enumerate(Criticality.values)}
"""Criticality to its rank, 0 the most critical."""

KEY_ATTRIBUTES: dict[str, KeySort] = {
    "alias": KeySort.ALIAS,
    "aliases": KeySort.ALIAS,
    "fqdn": KeySort.FQDN,
    "dns_name": KeySort.FQDN,
    "hostname": KeySort.HOSTNAME,
    "host_name": KeySort.HOSTNAME,
    "ip": KeySort.ADDRESS,
    "ip_address": KeySort.ADDRESS,
    "addresses": KeySort.ADDRESS,
}
"""The attributes under which alerts may find a configuration item, besides its name."""

MOST_KEYS = 32
"""Lookup keys of one configuration item at most."""

_SERVICE_KINDS = frozenset({"service", "application", "app", "business-service", "business_service", "website"})
_SERVICE_CLASSES = ("cmdb_ci_service", "cmdb_ci_appl", "cmdb_ci_business_app")
_SPACES = re.compile(r"\s+")


def storable(text: str) -> str:
    """The text without what databases refuse: NUL and lone surrogates become the replacement character."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def name_key(name: str) -> str:
    """The form in which names are compared: compatibility characters unified, case folded, spaces collapsed."""
    if name.isascii() and name.isprintable():
        return " ".join(name.lower().split())
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", storable(name)).casefold())
    return _SPACES.sub(" ", folded).strip()


def lookup_key(text: str) -> str:
    """The form in which an alert's host, address or service is compared with configuration items."""
    return name_key(text).rstrip(".")


def is_service(kind: str) -> bool:
    """Whether a kind, in any source's spelling, names something that people use rather than a part of it."""
    return kind.rsplit("/", 1)[-1] in _SERVICE_KINDS or kind.startswith(_SERVICE_CLASSES)
