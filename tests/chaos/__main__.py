"""``python -m tests.chaos --alerts 5000 --kills 12``: one run; exit code 1 on a broken promise. The seed comes first."""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.chaos.faults import Faults
from tests.chaos.installation import Installation, Missing
from tests.chaos.judge import Judge
from tests.chaos.load import Ledger, Sender, race

SENDERS = 8


def main() -> int:
    """Start, load, break, wait, judge."""
    given = _arguments()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(1_000_000)
    directory = Path(tempfile.mkdtemp(prefix="opsledger-chaos-", dir=given.directory))
    directory.chmod(0o755)
    print(f"chaos: {given.alerts} alerts, {given.kills} faults, seed {seed}", flush=True)
    installation = Installation(directory, append_only_redis=seed % 2 == 0)
    ledger = Ledger()
    try:
        installation.start()
        kept = _run(installation, ledger, given, seed)
    except Missing as fault:
        print(f"chaos: cannot run: {fault}", file=sys.stderr)
        return 2
    finally:
        installation.stop()
        if given.keep:
            print(f"chaos: kept {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)
    return 0 if kept else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--alerts", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--keys", type=int, default=250, help="how many keys each of the eight senders draws from")
    parser.add_argument("--every", type=float, nargs=2, default=(0.3, 1.4), help="seconds between faults, from and to")
    parser.add_argument("--seed", type=int, help="repeat an earlier run's draws")
    parser.add_argument("--minutes", type=float, default=0, help="keep sending at least this long (soak)")
    parser.add_argument("--directory", help="where to put the run's own directory")
    parser.add_argument("--keep", action="store_true", help="leave the directory for a look afterwards")
    return parser.parse_args()


def _run(installation: Installation, ledger: Ledger, given: argparse.Namespace, seed: int) -> bool:
    installation.manage("org", "create", "chaos", "--name", "Chaos")
    token = installation.manage(
        *("apikey", "create", "--org", "chaos", "--name", "chaos", "--role", "MEMBER", "--role", "ONCALL_ENGINEER")
    ).strip()
    tending = threading.Thread(target=installation.supervisor.run, daemon=True)
    tending.start()
    faults = Faults(installation, given.kills, seed, tuple(given.every))
    faults.start()
    began = time.monotonic()
    rounds = 0
    while rounds == 0 or time.monotonic() - began < given.minutes * 60:
        _send(ledger, given, token, f"{seed}-{rounds}", rounds)
        rounds += 1
    sent_in = time.monotonic() - began
    # Faults that are still to come hit the processing of what was accepted.
    faults.join(timeout=given.kills * given.every[1] + 30)
    faults.stopping.set()
    judge = Judge(installation, ledger)
    quiet_after = judge.wait_until_quiet()
    count = len(ledger.accepted)
    print(f"chaos: {count} accepted in {sent_in:.1f} s ({count / sent_in:.0f}/s), quiet {quiet_after:.1f} s later")
    print(f"chaos: answers {json.dumps(ledger.answers)}, {ledger.broken} broken off, {judge.percentiles()}")
    print(f"chaos: faults: {', '.join(faults.done)}")
    kept = True
    for verdict in judge.verdicts():
        print(verdict, flush=True)
        kept = kept and verdict.kept
    return kept


def _send(ledger: Ledger, given: argparse.Namespace, token: str, seed: str, round_: int) -> None:
    share = given.alerts // SENDERS
    senders = [Sender(number + SENDERS * round_, share, given.keys, token, ledger, seed) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    while any(sender.is_alive() for sender in senders):
        time.sleep(2)
        race(token, ledger)


if __name__ == "__main__":
    sys.exit(main())
