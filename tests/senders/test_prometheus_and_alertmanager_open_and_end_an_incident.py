"""Debian's Prometheus notices that a target is gone, its Alertmanager tells us, and the incident follows."""

from __future__ import annotations

import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.senders.conftest import Product, free_port, wait_for

needs_programs = pytest.mark.skipif(
    not (shutil.which("prometheus") and shutil.which("prometheus-alertmanager")),
    reason="needs Debian's packages prometheus and prometheus-alertmanager",
)

PROMETHEUS = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{alertmanager}']}}]}}]}}
rule_files: ['{rules}']
scrape_configs:
  - job_name: chillers
    static_configs: [{{targets: ['127.0.0.1:{target}']}}]
"""
RULES = """
groups:
  - name: cooling
    rules:
      - alert: ChillerGone
        expr: up{job="chillers"} == 0
        labels: {severity: critical, service: cooling}
        annotations: {summary: 'Chiller does not answer', description: 'Nothing at {{ $labels.instance }}.'}
"""
ALERTMANAGER = """
route: {{receiver: opsledger, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1m}}
receivers:
  - name: opsledger
    webhook_configs:
      - url: 'http://127.0.0.1:{port}/api/v1/webhooks/alerts/alertmanager'
        send_resolved: true
        http_config: {{authorization: {{type: Bearer, credentials: '{token}'}}}}
"""


class _Metrics(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"chiller_up 1\n")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def _target(port: int) -> http.server.ThreadingHTTPServer:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), _Metrics)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def target_port(product: Product, token: str, tmp_path: Path) -> Iterator[int]:
    """Prometheus and Alertmanager watching a port where nothing listens yet."""
    target, alertmanager, prometheus = free_port(), free_port(), free_port()
    (tmp_path / "rules.yml").write_text(RULES)
    (tmp_path / "prometheus.yml").write_text(
        PROMETHEUS.format(alertmanager=alertmanager, rules=tmp_path / "rules.yml", target=target)
    )
    (tmp_path / "alertmanager.yml").write_text(ALERTMANAGER.format(port=product.port, token=token))
    commands = [
        [
            "prometheus-alertmanager",
            f"--config.file={tmp_path / 'alertmanager.yml'}",
            f"--storage.path={tmp_path / 'am'}",
            f"--web.listen-address=127.0.0.1:{alertmanager}",
            "--cluster.listen-address=",
        ],
        [
            "prometheus",
            f"--config.file={tmp_path / 'prometheus.yml'}",
            f"--storage.tsdb.path={tmp_path / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{prometheus}",
        ],
    ]
    with (tmp_path / "output").open("wb") as output:
        running = [subprocess.Popen(command, stdout=output, stderr=output) for command in commands]
        try:
            yield target
        finally:
            for process in running:
                process.terminate()
                process.wait(20)


@needs_programs
@pytest.mark.timeout(180)
def test_a_target_that_is_gone_opens_an_incident_and_its_return_mitigates_it(
    product: Product, slug: str, token: str, target_port: int
) -> None:
    (opened,) = wait_for(lambda: product.incidents(token), "an incident")
    assert (opened["title"], opened["severity"], opened["status"]) == ("Chiller does not answer", "P1", "open")

    server = _target(target_port)
    try:
        # `in_progress` is what mitigated looks like in this dialect; the stream tells the whole story.
        wait_for(lambda: product.incidents(token)[0]["status"] == "in_progress", "its mitigation", 90)
        path = f"/api/orgs/{slug}/incidents/{opened['reference']}"
        assert product.get(path, token)["status"] == "MITIGATED"
    finally:
        server.shutdown()
        server.server_close()

    wait_for(lambda: product.get(path, token)["status"] == "INVESTIGATING", "its relapse", 90)
    assert len(product.incidents(token)) == 1
    product.manage("ledger", "verify")
