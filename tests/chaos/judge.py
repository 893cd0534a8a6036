"""The judge: what the clients were promised, against what the database holds. Each line is one promise."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.chaos.installation import Installation, Missing
from tests.chaos.load import Ledger


@dataclass(frozen=True)
class Verdict:
    """One promise, the figure found, and whether it was kept."""

    promise: str
    figure: str
    kept: bool

    def __str__(self) -> str:
        return f"{'PASS' if self.kept else 'FAIL'}  {self.promise}: {self.figure}"


class Judge:
    """Reads the installation's database with a connection of its own."""

    def __init__(self, installation: Installation, ledger: Ledger) -> None:
        self.installation, self.ledger = installation, ledger

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.installation.database_url) as connection:
            return connection.execute(sql).fetchall()

    def wait_until_quiet(self, limit: float = 120) -> float:
        """Seconds until nothing waits any more; ``limit`` where something still does."""
        began = time.monotonic()
        while time.monotonic() - began < limit:
            try:
                waiting = self._rows(
                    "SELECT (SELECT count(*) FROM integrations_inboxitem WHERE state = 'pending')"
                    " + (SELECT count(*) FROM integrations_alert WHERE todo_at IS NOT NULL)"
                )[0][0]
            except psycopg.Error:
                waiting = 1
            if not waiting:
                return time.monotonic() - began
            time.sleep(0.25)
        return limit

    def verdicts(self) -> Iterator[Verdict]:
        """Every promise of the run."""
        stored = dict(self._rows("SELECT delivery_key, state FROM integrations_inboxitem"))
        accepted = self.ledger.accepted
        lost = [key for key in accepted if key not in stored]
        yield Verdict("P1 accepted alerts lost", f"{len(lost)} of {len(accepted)}", not lost)
        states = Counter(stored[key] for key in accepted if key in stored)
        yield Verdict("P1 accepted alerts not processed", str(dict(states)), set(states) <= {"done"})
        keys = {event["dedup_key"] for event in accepted.values() if event["status"] == "firing"}
        incidents = self._rows("SELECT count(*) FROM incidents_incident")[0][0]
        yield Verdict("P2 incidents against keys that fired", f"{incidents} for {len(keys)}", incidents == len(keys))
        wrong = self._miscounted()
        yield Verdict("P2 alerts whose count is not the events sent", f"{len(wrong)} {wrong[:3]}", not wrong)
        double = self._rows(
            "SELECT incident_id, key FROM incidents_incidentsignal GROUP BY 1, 2 HAVING count(*) > 1 AND key <> ''"
        )
        yield Verdict("P2 signals attached twice", str(len(double)), not double)
        yield self._final_states()
        more = [wins for wins in self.ledger.race_winners if wins > 1]
        yield Verdict("P5 races with more than one winner", f"{len(more)} of {len(self.ledger.race_winners)}", not more)
        failures = {code: n for code, n in self.ledger.answers.items() if code >= 500 and code != 503}
        yield Verdict("answers that are server errors", str(failures), not failures)
        deadlocks = self._rows("SELECT coalesce(sum(deadlocks), 0) FROM pg_stat_database")[0][0]
        yield Verdict("deadlocks", str(deadlocks), deadlocks == 0)
        yield self._ledger_verdict()

    def _miscounted(self) -> list[tuple[str, int, int]]:
        """Keys that only ever fired, where the alert counts another number of statements than were accepted."""
        sent: Counter[str] = Counter()
        resolved: set[str] = set()
        for event in self.ledger.accepted.values():
            if event["status"] == "resolved":
                resolved.add(event["dedup_key"])
            sent[event["dedup_key"]] += 1
        counted: defaultdict[str, int] = defaultdict(int)
        for fingerprint, count in self._rows("SELECT fingerprint, sum(count)::int FROM integrations_alert GROUP BY 1"):
            counted[fingerprint] = count
        return [(key, n, counted[key]) for key, n in sent.items() if key not in resolved and counted[key] != n]

    def _final_states(self) -> Verdict:
        """The last thing that a sender said of a key is what its alert shows."""
        last: dict[str, tuple[str, str]] = {}
        fired: set[str] = set()
        for event in self.ledger.accepted.values():
            key, said = event["dedup_key"], (event["timestamp"], event["status"])
            last[key] = max(last.get(key, said), said)
            if event["status"] == "firing":
                fired.add(key)
        shown = dict(self._rows("SELECT fingerprint, state FROM integrations_alert WHERE is_latest"))
        wrong = [
            (key, status, shown.get(key))
            for key, (_, status) in last.items()
            if key in fired and shown.get(key) != status
        ]
        return Verdict("alerts that show another state than was said last", f"{len(wrong)} {wrong[:3]}", not wrong)

    def _ledger_verdict(self) -> Verdict:
        try:
            said = self.installation.manage("ledger", "verify").strip().splitlines()[-1]
        except Missing as fault:
            return Verdict("P7 the ledger", str(fault), False)
        return Verdict("P7 the ledger", said, True)

    def percentiles(self) -> str:
        """How long answers took, retries not counted."""
        seconds = sorted(self.ledger.seconds) or [0.0]
        at = [seconds[min(int(len(seconds) * share), len(seconds) - 1)] * 1000 for share in (0.5, 0.95, 0.99)]
        return "p50 {:.0f} ms, p95 {:.0f} ms, p99 {:.0f} ms".format(*at)
