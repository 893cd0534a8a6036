"""W5: what the pages of the list and of one incident cost the web process, and what they weigh when compressed."""

from __future__ import annotations

import gzip
import urllib.request

from bench.client import drive, request_bytes
from bench.http import prepare
from bench.product import WEB_PORT, Bench, manage, running

SECONDS = 4.0
SESSION = """
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from orgs.commands import add_member
from orgs.models import Organisation, User
person = User.objects.create_user("reader")
add_member(actor=None, org=Organisation.objects.get(), user=person, roles=["ONCALL_ENGINEER"])
client = Client()
client.force_login(person)
print(f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}")
"""


def measure(bench: Bench, cookie: str, path: str) -> tuple[float, float, int]:
    """Milliseconds of CPU a request, milliseconds at the median of one connection, and bytes compressed."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{WEB_PORT}{path}", headers={"Host": "localhost", "Cookie": cookie}
    )
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        if response.url != request.full_url:
            raise SystemExit(f"bench: {path} led to {response.url}")
        weight = len(gzip.compress(response.read()))
    asked = request_bytes("GET", path, WEB_PORT, Cookie=cookie)
    drive(WEB_PORT, lambda _: asked, connections=1, seconds=1)
    before = bench.web_cpu()
    result = drive(WEB_PORT, lambda _: asked, connections=1, seconds=SECONDS)
    cpu = (bench.web_cpu() - before) / len(result.latencies) * 1000
    return cpu, result.percentile(0.5), weight


def main() -> None:
    """Print one line for each page."""
    with running() as bench:
        reference, _ = prepare(bench)
        cookie = manage(bench.data_dir, "shell", "--no-imports", "--verbosity", "0", "-c", SESSION).split()[-1]
        pages = {
            "W5l list of incidents": ("/incidents", 8, 15_000),
            "W5d incident, 100 events": (f"/incidents/{reference}", 12, 20_000),
            "overview": ("/", 12, 20_000),
        }
        print(f"{'page':26} {'CPU ms':>7} {'target':>7} {'p50 ms':>7} {'bytes':>7} {'target':>7}")
        for name, (path, most_cpu, most_bytes) in pages.items():
            cpu, median, weight = measure(bench, cookie, path)
            print(f"{name:26} {cpu:7.1f} {most_cpu:7d} {median:7.1f} {weight:7d} {most_bytes:7d}", flush=True)


if __name__ == "__main__":
    main()
