"""Finding the configuration items that alerts speak of, many at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cmdb.models import ConfigurationItem, LookupKey
from cmdb.vocabulary import CIStatus, lookup_key

MOST_AT_ONCE = 10_000
"""Keys of one query; more are asked for in several."""

_PORT = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<host>[^:\[\]]+)):\d{1,5}")


def match_names(names: Iterable[str]) -> dict[str, ConfigurationItem]:
    """Each of the names that means a configuration item, with the item; case does not matter.

    A name is an item's name, or its ``fqdn``, ``hostname`` or address attribute, tried in this order; a port after it
    (``db-1:9100``) is left off when the whole means nothing. Where several items share the key equally, none is
    meant: a guess would page the wrong people. Retired items are not found. One query, however many names.
    """
    wanted = {name: list(_candidates(name)) for name in names}
    found = _owners({key for keys in wanted.values() for key in keys})
    return {
        name: ci for name, keys in wanted.items() if (ci := next((found[key] for key in keys if key in found), None))
    }


def _candidates(name: str) -> Iterator[str]:
    key = lookup_key(name)
    if key:
        yield key
        if match := _PORT.fullmatch(key):
            yield match["v6"] or match["host"]


def _owners(keys: set[str]) -> dict[str, ConfigurationItem]:
    """The single best owner of each key that has one."""
    best: dict[str, tuple[str, ConfigurationItem | None]] = {}
    ordered = sorted(keys)
    for start in range(0, len(ordered), MOST_AT_ONCE):
        rows = (
            LookupKey.objects.filter(key__in=ordered[start : start + MOST_AT_ONCE])
            .exclude(ci__status=CIStatus.RETIRED)
            .select_related("ci")
        )
        for row in rows:
            held = best.get(row.key)
            if held is None or row.sort < held[0]:
                best[row.key] = (row.sort, row.ci)
            elif row.sort == held[0]:
                best[row.key] = (row.sort, None)
    return {key: ci for key, (_, ci) in best.items() if ci is not None}
