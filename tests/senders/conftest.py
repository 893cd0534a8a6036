"""The whole product, served on a port of its own with SQLite and one worker, for programs that speak to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Product:
    """The served product as a sender sees it."""

    port: int
    environment: dict[str, str]

    def manage(self, *argv: str) -> str:
        """Run a management command against its data; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *argv], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def get(self, path: str, token: str) -> Any:
        """The JSON at a path."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}", "Host": "localhost"})
        response = connection.getresponse()
        body = response.read()
        assert response.status == 200, body
        return json.loads(body)

    def incidents(self, token: str) -> list[dict[str, Any]]:
        """Every incident, the newest first."""
        found: list[dict[str, Any]] = self.get("/itsm/incidents", token)["items"]
        return found


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """Ask until the answer is true; fail with what was waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.25)
    pytest.fail(f"waited {seconds:.0f} s in vain for {what}")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Served until the module's tests are over."""
    port, data = free_port(), tmp_path_factory.mktemp("product")
    hidden = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "ITSM_ENV"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment.update(ITSM_DATA_DIR=str(data), PORT=str(port), ITSM_LOG_LEVEL="warning")
    with (data / "output").open("wb") as output:
        served = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            wait_for(lambda: _answers(port), f"the product; it said: {(data / 'output').read_text()[-2000:]}")
            yield Product(port, environment)
        finally:
            os.killpg(served.pid, signal.SIGTERM)
            try:
                served.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(served.pid, signal.SIGKILL)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def slug(product: Product) -> str:
    """An organisation of the test's own."""
    name = f"org-{uuid4().hex[:8]}"
    product.manage("org", "create", name, "--name", name)
    return name


@pytest.fixture
def token(product: Product, slug: str) -> str:
    """A responder's key in it."""
    return product.manage("apikey", "create", "--org", slug, "--name", "sender", "--role", "ONCALL_ENGINEER")
