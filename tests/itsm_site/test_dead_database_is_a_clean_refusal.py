"""While the database is away every answer is 503 with Retry-After, soon, and a return needs no restart."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import OperationalError, ProgrammingError
from django.test import RequestFactory

from itsm_site.failures import is_database_away
from itsm_site.middleware.refusals import Refusals

# Asks in a fresh process whose database is a port that nobody listens on.
SCRIPT = """
import json, sys, time
import django
django.setup()
from django.test import Client
found = []
for path in sys.argv[1:]:
    began = time.monotonic()
    client = Client(raise_request_exception=False)
    client.cookies["opsledger_session"] = "a" * 32
    answer = client.get(path, headers={"Authorization": "Bearer ops_whatever", "Host": "localhost"})
    found.append([path, answer.status_code, answer.headers.get("Retry-After"),
                  answer["Content-Type"], answer.content.decode(), time.monotonic() - began])
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ITSM_")}
    environment |= {
        "DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:9/absent",
        "ITSM_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "ITSM_ENV_FILE": "",
        "DJANGO_SETTINGS_MODULE": "itsm_site.settings",
    }
    paths = ["/admin/", "/itsm/incidents", "/api/v1/incidents", "/api/orgs/acme/incidents"]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *paths],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return {row[0]: row[1:] for row in json.loads(done.stdout.splitlines()[-1])}


def test_a_page_is_503_with_a_time_to_try_again(answers):
    status, retry_after, content_type, body, _ = answers["/admin/"]
    assert (status, retry_after) == (503, "1")
    assert content_type.startswith("text/html")
    assert "Traceback" not in body
    assert "127.0.0.1" not in body


def test_nothing_waits_for_five_seconds(answers):
    assert max(row[-1] for row in answers.values()) < 5


@pytest.mark.parametrize("path", ["/itsm/incidents", "/api/v1/incidents", "/api/orgs/acme/incidents"])
def test_the_api_answers_a_problem_document(answers, path):
    status, retry_after, content_type, body, _ = answers[path]
    assert (status, content_type) == (503, "application/problem+json"), body
    assert int(retry_after) > 0
    assert json.loads(body)["status"] == 503


def refused_with(sqlstate):
    cause = Exception()
    cause.sqlstate = sqlstate
    error = OperationalError("gone")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("sqlstate", [None, "08006", "57P01", "57014", "53300", "55P03", "40001", "40P01"])
def test_states_of_a_server_that_is_away_or_overloaded(settings, sqlstate):
    settings.SQLITE = False
    assert is_database_away(refused_with(sqlstate))


def test_a_mistake_of_ours_is_not_the_database_being_away(settings):
    assert not is_database_away(ProgrammingError("no such column"))
    settings.SQLITE = True
    assert not is_database_away(OperationalError("no such table: incidents"))
    assert is_database_away(OperationalError("database is locked"))


def test_a_view_that_loses_its_database_answers_503():
    middleware = Refusals(lambda request: None)
    request = RequestFactory().get("/api/v1/incidents")
    answer = middleware.process_exception(request, OperationalError("database is locked, server closed the connection"))
    assert answer.status_code == 503
    assert answer["Retry-After"] == "1"
