"""Q18: schemathesis over the whole schema: no 5xx, no undocumented answer, nothing taken that the schema forbids.

`FUZZ_CASES=2000 pytest tests/api/test_schema_fuzz.py` tries so many random cases, and beside them every corner of the
schema; a run that does not ask is content with a few of each operation.
"""

import os
from datetime import UTC, datetime

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi import checks

from api import health
from orgs.models import Heartbeat
from orgs.roles import Role

pytestmark = pytest.mark.once

ASKED = os.environ.get("FUZZ_CASES")
CASES = int(ASKED or "200")
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
    checks.allow_header_conformance,
    checks.ignored_auth,
    checks.missing_required_header,
]
REFUSALS = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "414", "415", "422", "429", "503"]

schema = schemathesis.openapi.from_wsgi(
    "/api/schema",
    get_wsgi_application(),
    environ_base={"REMOTE_ADDR": "127.0.0.1"},
    config=SchemathesisConfig.from_dict(
        {
            "checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}},
            "phases": {"coverage": {"enabled": bool(ASKED)}},
        }
    ),
)
OPERATIONS = sum(1 for _ in schema.get_all_operations())


@pytest.fixture(autouse=True)
def _healthy(db):
    """The probes answer 503 where nobody works; here everybody does."""
    for component in health.PARTS.values():
        Heartbeat.objects.create(component=component, instance="test", last_ok=datetime(9000, 1, 1, tzinfo=UTC))


@pytest.fixture(autouse=True)
def _one_connection(db):
    """Keep the test's connection open across requests, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@schema.parametrize()
@settings(
    max_examples=max(2, -(-CASES // OPERATIONS)),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
def test_every_answer_is_documented(case, world, key_with):
    token = _token(world, key_with)
    if not (case.meta and case.meta.is_negative_at(ParameterLocation.PATH)):
        # Names that lead somewhere, so that more than the first look-up is tried.
        for name, value in world.parts().items():
            if name in case.path_parameters:
                case.path_parameters[name] = value
        if "token" in case.path_parameters:
            case.path_parameters["token"] = token
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)


_tokens = {}


def _token(world, key_with):
    """One key for all cases that share an organisation."""
    if world.org.pk not in _tokens:
        _tokens.clear()
        _tokens[world.org.pk] = key_with(*Role.values)
    return _tokens[world.org.pk]
