"""``python -m tests.chaos.outages``: a part is gone for a while, or stuck; what is promised meanwhile and afterwards."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.chaos.installation import Installation, Missing
from tests.chaos.judge import Judge, Verdict
from tests.chaos.load import Client, Ledger, Sender

DOWN_SECONDS = 20.0
NOTICED_WITHIN = 90.0
LONGEST_WAIT = 5.0


def main() -> int:
    """Every outage in turn on one installation."""
    directory = Path(tempfile.mkdtemp(prefix="opsledger-outages-"))
    directory.chmod(0o755)
    installation = Installation(directory, append_only_redis=False)
    try:
        installation.start()
        installation.manage("org", "create", "chaos", "--name", "Chaos")
        token = installation.manage(
            *("apikey", "create", "--org", "chaos", "--name", "chaos", "--role", "MEMBER", "--role", "ONCALL_ENGINEER")
        ).strip()
        threading.Thread(target=installation.supervisor.run, daemon=True).start()
        verdicts = [*_without("redis", installation, token), *_without("postgres", installation, token)]
        verdicts += [verdict for part in ("beat", "intake") for verdict in _stuck(part, installation, token)]
    except Missing as fault:
        print(f"outages: cannot run: {fault}", file=sys.stderr)
        return 2
    finally:
        installation.stop()
        shutil.rmtree(directory, ignore_errors=True)
    return 0 if all(verdict.kept for verdict in verdicts) else 1


def _say(verdict: Verdict) -> Verdict:
    print(verdict, flush=True)
    return verdict


def _without(part: str, installation: Installation, token: str) -> Iterator[Verdict]:
    """The part is down for a while under load."""
    ledger = Ledger()
    senders = [Sender(number, 400, 50, token, ledger, f"{part}") for number in range(4)]
    for sender in senders:
        sender.client = Client(token)
        sender.start()
    time.sleep(1)
    installation.take_down(part)
    down_at = time.monotonic()
    while time.monotonic() - down_at < DOWN_SECONDS:
        time.sleep(0.2)
    installation.bring_up(part)
    if part == "postgres":
        _until_postgres_answers(installation)
    first = _first_accepted(token, time.monotonic())
    for sender in senders:
        sender.join()
    errors = {code: n for code, n in ledger.answers.items() if code >= 500}
    slowest = max(ledger.seconds, default=0.0)
    judge = Judge(installation, ledger)
    quiet = judge.wait_until_quiet()
    if part == "redis":
        yield _say(Verdict("P13 server errors while Redis is gone", str(errors), not errors))
        yield _say(Verdict("P13 processed after Redis came back", f"{quiet:.1f} s", quiet < NOTICED_WITHIN))
    else:
        yield _say(Verdict("P14 only 503 while PostgreSQL is gone", str(errors), set(errors) <= {503}))
        yield _say(Verdict("P14 longest wait for an answer", f"{slowest:.1f} s", slowest <= LONGEST_WAIT + 0.5))
        yield _say(Verdict("P14 first 202 after its return", f"{first:.1f} s", first <= LONGEST_WAIT))
    for verdict in judge.verdicts():
        if verdict.promise.startswith(("P1", "P7")):
            yield _say(verdict)


def _until_postgres_answers(installation: Installation) -> None:
    """Recovery from the crash is PostgreSQL's own time, not ours."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            psycopg.connect(installation.database_url).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return


def _first_accepted(token: str, since: float) -> float:
    client = Client(token)
    while time.monotonic() - since < 60:
        try:
            status, _ = client.send("POST", "/api/v1/webhooks/alerts/generic", b'{"title": "probe", "severity": "P4"}')
        except (OSError, http.client.HTTPException):
            status = 0
        if status == 202:
            break
        time.sleep(0.1)
    return time.monotonic() - since


def _stuck(part: str, installation: Installation, token: str) -> Iterator[Verdict]:
    """The part is stopped, not dead: alive is no proof of work."""
    groups = [c.process.pid for c in installation.supervisor.children if c.name == part and c.process is not None]
    for group in groups:
        os.killpg(group, signal.SIGSTOP)
    # A worker's silence shows by what waits; something must be due for it.
    began, noticed, said = time.monotonic(), None, ""
    client = Client(token)
    while noticed is None and time.monotonic() - began < NOTICED_WITHIN + 10:
        try:
            status, body = client.send("GET", "/api/v1/health/ready", None)
        except (OSError, http.client.HTTPException):
            status, body = 0, b""
        if status == 503:
            noticed, said = time.monotonic() - began, _failing(body)
        time.sleep(1)
    for group in groups:
        os.killpg(group, signal.SIGCONT)
    figure = f"after {noticed:.0f} s: {said}" if noticed is not None else "not noticed"
    yield _say(Verdict(f"P12 a stuck {part} is named", figure, noticed is not None and noticed <= NOTICED_WITHIN))
    time.sleep(5)


def _failing(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body))[:160]
    except ValueError:
        return repr(body[:160])


if __name__ == "__main__":
    sys.exit(main())
