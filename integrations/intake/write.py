"""Writing what a batch changed: repeats and changes of rows that exist, new episodes, resolves that wait."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from cmdb.models import ConfigurationItem
from integrations.intake.bulk import insert_rows, update_rows
from integrations.intake.episodes import Episode, Line, Statement
from integrations.intake.normalised import group_digest
from integrations.intake.policy import Lookups, SourcePolicy, own_key
from integrations.models import Alert, Correlation, EarlyResolve
from orgs.clock import now

_REPEATED = ("sent_at", "changed_at", "last_seen_at")
_MOVED = ("state", "is_latest", "ends_at", "todo_at", "todo_tries", *_REPEATED)
_CONTENT = (
    *("title", "description", "severity", "severity_given", "severity_known"),
    *("labels", "links", "details", "inbox_id"),
)


def write_lines(lines: dict[str, Line], policy: SourcePolicy, org_id: UUID) -> bool:
    """Write every touched episode. Returns whether any of them is news to an incident."""
    writer = _Writer(policy, org_id)
    touched = [episode for line in lines.values() for episode in line.touched]
    writer.change([episode for episode in touched if episode.pk is not None])
    writer.insert([episode for episode in touched if episode.pk is None])
    writer.keep_early(lines.values())
    return writer.has_news


class _Writer:
    def __init__(self, policy: SourcePolicy, org_id: UUID) -> None:
        self.policy, self.org_id, self.moment = policy, org_id, now()
        self.has_news = False

    def change(self, episodes: Iterable[Episode]) -> None:
        """Rows that exist. Most are only repeated, and those cost the least."""
        repeated, moved, content = [], [], []
        for episode in episodes:
            todo = self._change_todo(episode)
            seen = (episode.sent_at, episode.changed_at, episode.last_seen_at, episode.counted, episode.pk)
            if episode.moved or todo:
                moved.append((episode.state, episode.is_latest, episode.ends_at, todo, 0, *seen))
            else:
                repeated.append(seen)
            if episode.content is not None:
                content.append((*self._content(episode.content), episode.pk))
        update_rows(Alert, _REPEATED, repeated, add=("count",))
        update_rows(Alert, _MOVED, moved, add=("count",))
        update_rows(Alert, _CONTENT, content)

    def _change_todo(self, episode: Episode) -> datetime | None:
        """When the incident should hear of a change: now, or not at all."""
        worse = False
        if episode.content is not None:
            before = episode.severity
            episode.severity = self.policy.severity(episode.severity_given)[0]
            worse = episode.severity < before
        if episode.has_todo:
            news = True
        elif episode.incident_id is not None:
            news = worse or episode.moved
        else:
            news = episode.is_open and not episode.is_doubtful and episode.severity in self.policy.create_severities
        return self._news() if news else None

    def _news(self) -> datetime:
        self.has_news = True
        return self.moment

    def _content(self, statement: Statement) -> tuple[Any, ...]:
        said = statement.alert
        severity, known = self.policy.severity(said.severity)
        return (
            *(said.title, said.description, severity, said.severity[:100], known),
            *(said.labels, said.links, said.details, statement.inbox_id),
        )

    def insert(self, episodes: Sequence[Episode]) -> None:
        """New episodes, in the order of fingerprints."""
        if not episodes:
            return
        names = [self.policy.ci_names(episode.said.alert) for episode in episodes]
        lookups = Lookups(names=names)
        rows = [self._row(episode, own, lookups.items(own)) for episode, own in zip(episodes, names, strict=True)]
        self._join_what_exists([row for row in rows if row.todo_at is None])
        insert_rows(rows)

    def _join_what_exists(self, rows: Sequence[Alert]) -> None:
        """An alert that opens no incident still joins the one that its key has, whoever opened it."""
        keys = {row.correlation_key for row in rows}
        known = (
            set(Correlation.objects.filter(key__in=keys, incident__isnull=False).values_list("key", flat=True))
            if keys
            else set()
        )
        for row in rows:
            if row.correlation_key in known or row.correlation_key != own_key(row.source, row.fingerprint):
                row.todo_at = self._news()

    def _row(self, episode: Episode, names: list[str], items: list[ConfigurationItem]) -> Alert:
        statement = episode.said
        said = statement.alert
        severity, known = self.policy.severity(said.severity)
        opens = severity in self.policy.create_severities and not episode.is_doubtful
        return Alert(
            id=uuid4(),
            org_id=self.org_id,
            source=self.policy.source,
            fingerprint=episode.fingerprint,
            episode=episode.number,
            is_latest=episode.is_latest,
            state=episode.state,
            severity=severity,
            severity_given=said.severity[:100],
            severity_known=known,
            is_doubtful=episode.is_doubtful,
            title=said.title,
            description=said.description,
            origin=said.origin[:200],
            service=self.policy.service(said),
            environment=said.environment[:100],
            ci=items[0] if items else None,
            ci_names=names,
            labels=said.labels,
            links=said.links,
            details=said.details,
            correlation_key=self.policy.correlation_key(said),
            group_key=said.group_key,
            group_digest=group_digest(said.group_key),
            starts_at=episode.starts_at,
            ends_at=episode.ends_at,
            sent_at=episode.sent_at,
            changed_at=episode.changed_at,
            last_seen_at=episode.last_seen_at,
            count=max(episode.counted, 1),
            inbox_id=statement.inbox_id,
            todo_at=self._news() if opens else None,
            created_at=self.moment,
        )

    def keep_early(self, lines: Iterable[Line]) -> None:
        """Resolves that begin to wait, and those that met their trigger."""
        waiting = []
        for line in lines:
            for name in sorted(line.early_changed):
                if (early := line.early.get(name)) is not None:
                    waiting.append(
                        EarlyResolve(
                            org_id=self.org_id,
                            source=self.policy.source,
                            fingerprint=line.fingerprint,
                            episode=name,
                            sent_at=early.sent_at,
                            received_at=early.received_at,
                        )
                    )
                else:
                    EarlyResolve.objects.filter(
                        source=self.policy.source, fingerprint=line.fingerprint, episode=name
                    ).delete()
        EarlyResolve.objects.bulk_create(
            waiting,
            update_conflicts=True,
            unique_fields=["org", "source", "fingerprint", "episode"],
            update_fields=["sent_at", "received_at"],
        )
