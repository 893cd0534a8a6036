"""How a source's alerts are treated: the operator's row where there is one, else the source's defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from cmdb.models import ConfigurationItem
from cmdb.queries import match_names
from integrations.intake.members import pick
from integrations.intake.normalised import NormalisedAlert, bounded_key
from integrations.intake.severity import severity_of
from integrations.intake.sources import SOURCES
from integrations.models import AlertSource
from integrations.models.source import QUIET_SECONDS, REOPEN_SECONDS, default_create_severities

HOST_PATHS = frozenset({"instance", "host", "node", "payload.source"})
"""Paths whose values are machines, which may carry a port."""


@dataclass(frozen=True, slots=True)
class SourcePolicy:
    """What holds for one source in one organisation."""

    source: str
    is_enabled: bool
    severities: Mapping[str, str]
    ci_paths: tuple[str, ...]
    service_paths: tuple[str, ...]
    correlate_by: tuple[str, ...]
    create_severities: frozenset[str]
    quiet: timedelta
    reopen: timedelta

    def severity(self, word: str) -> tuple[str, bool]:
        """The severity of a sender's word, and whether the word was known."""
        return severity_of(word, self.severities)

    def service(self, alert: NormalisedAlert) -> str:
        """The service that the alert is about, by the first path that names one."""
        found = alert.service or next(
            (name for path in self.service_paths if (name := pick(path, alert.labels, alert.member))), ""
        )
        return found[:200]

    def ci_names(self, alert: NormalisedAlert) -> list[str]:
        """What the alert calls the configuration items that it is about, the best name first."""
        found = (
            host_of(name) if path in HOST_PATHS else name
            for path in self.ci_paths
            if (name := pick(path, alert.labels, alert.member))
        )
        return list(dict.fromkeys(name[:255] for name in found))

    def correlation_key(self, alert: NormalisedAlert) -> str:
        """What alerts of one cause share: the sender's key, the operator's choice of values, else the alert itself."""
        if alert.correlation_key:
            return bounded_key(alert.correlation_key)
        values = [(path, pick(path, alert.labels, alert.member)) for path in self.correlate_by]
        if any(value for _, value in values):
            return bounded_key("|".join(f"{path.rpartition('.')[2]}={value}" for path, value in values))
        return own_key(self.source, alert.fingerprint)


def own_key(source: str, fingerprint: str) -> str:
    """The correlation key of an alert that shares none with others."""
    return bounded_key(f"{source}:{fingerprint}")


def host_of(text: str) -> str:
    """The host of an address, without scheme and port."""
    host = text.partition("://")[2].partition("/")[0] if "://" in text else text
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, colon, port = host.rpartition(":")
    return name if colon and ":" not in name and port.isdigit() else host


class Lookups:
    """What many alerts of the current organisation need to have looked up: policies, and the items that they name."""

    def __init__(self, sources: Iterable[str] = (), names: Iterable[Sequence[str]] = ()) -> None:
        """Looks up what is named here in one query each; what is asked for later costs one of its own."""
        self._policies: dict[str, SourcePolicy | None] = {}
        self._items: dict[str, ConfigurationItem | None] = {}
        self._look_up_policies(set(sources))
        self._look_up_items(name for group in names for name in group)

    def policy(self, source: str) -> SourcePolicy | None:
        """The policy of a source; None for one that does not exist any more."""
        if source not in self._policies:
            self._look_up_policies({source})
        return self._policies[source]

    def items(self, names: Sequence[str]) -> list[ConfigurationItem]:
        """The configuration items that the names mean, in their order.

        A host that the CMDB knows without its domain is found too, unless the whole name means something.
        """
        self._look_up_items(names)
        hits = (next((self._items[one] for one in _spellings(name) if self._items[one]), None) for name in names)
        return list({ci.pk: ci for ci in hits if ci is not None}.values())

    def _look_up_policies(self, sources: set[str]) -> None:
        self._policies |= {**dict.fromkeys(sources), **(policies(sources) if sources else {})}

    def _look_up_items(self, names: Iterable[str]) -> None:
        wanted = {spelling for name in names for spelling in _spellings(name)} - self._items.keys()
        if wanted:
            self._items |= {**dict.fromkeys(wanted), **match_names(wanted)}


def _spellings(name: str) -> tuple[str, ...]:
    short = name.partition(".")[0]
    return (name,) if not short or short == name or short.isdigit() else (name, short)


def policy_for(source: str, row: AlertSource | None) -> SourcePolicy:
    """The policy of a source with the operator's row, or without one."""
    kind = SOURCES[source]
    return SourcePolicy(
        source=source,
        is_enabled=row.is_enabled if row else True,
        severities={**(kind.severities or {}), **(_lower(row.severity_map) if row else {})},
        ci_paths=tuple(row.ci_labels) if row and row.ci_labels else kind.ci_paths,
        service_paths=tuple(row.service_labels) if row and row.service_labels else kind.service_paths,
        correlate_by=tuple(row.correlate_by) if row else (),
        create_severities=frozenset(row.create_severities if row else default_create_severities()),
        quiet=timedelta(seconds=row.quiet_seconds if row else QUIET_SECONDS),
        reopen=timedelta(seconds=row.reopen_seconds if row else REOPEN_SECONDS),
    )


def policies(sources: set[str]) -> dict[str, SourcePolicy]:
    """The policies of those of the sources that exist, in the current organisation. One query."""
    rows = {row.kind: row for row in AlertSource.objects.filter(kind__in=sources)}
    return {source: policy_for(source, rows.get(source)) for source in sources if source in SOURCES}


def _lower(severity_map: Mapping[str, str]) -> dict[str, str]:
    return {word.strip().lower(): severity for word, severity in severity_map.items()}
