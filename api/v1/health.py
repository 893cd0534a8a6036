"""`/api/v1/health` and the probes of orchestrators: whether the process lives, can serve, and whether every part works."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from api import health
from api.base import shapes
from api.base.operations import operation
from api.base.problems import unavailable
from api.base.replies import Reply
from api.base.shapes import Shape
from api.base.views import ApiView

STATES = (health.OK, health.DEGRADED, health.FAILING)
COMPONENT = Shape(
    "HealthComponent",
    {
        "component": shapes.text(),
        "state": shapes.word(*STATES),
        "detail": shapes.text(),
        "seconds": shapes.nullable(shapes.number("The age or the wait that was judged.")),
    },
    "One part of the installation.",
)
HEALTH = Shape(
    "Health",
    {
        "status": shapes.word(*STATES, description="The worst of the components'."),
        "failing": shapes.many(shapes.text(), "The components that fail."),
        "components": shapes.many(COMPONENT),
    },
    "Whether every part works.",
)
LIVE = Shape("Live", {"status": shapes.word("ok")}, "The process answers.")
EXAMPLE: dict[str, Any] = {
    "status": "failing",
    "failing": ["worker_intake"],
    "components": [
        {"component": "database", "state": "ok", "detail": "answers", "seconds": None},
        {"component": "worker_intake", "state": "failing", "detail": "silent for 81 s", "seconds": 81.2},
    ],
}
SICK = "At least one part fails; `failing` names it."


class PublicView(ApiView):
    """Answers everybody: a probe holds no key, and the answer says nothing of any organisation."""

    tag = "health"
    authentication_classes = ()


class Live(PublicView):
    """Whether the process answers at all; looks at nothing else."""

    @operation("Is the process alive?", actions=None, shape=LIVE, example={"status": "ok"})
    def get(self, values: dict[str, Any]) -> HttpResponse:
        """It is."""
        return Reply({"status": "ok"})


class Serving(PublicView):
    """Whether requests can be served, which takes the database and nothing else."""

    @operation(
        "Can requests be served?",
        actions=None,
        shape=LIVE,
        example={"status": "ok"},
        description="Looks at the database alone: a broker or a worker that is away slows work down and stops nothing here.",
    )
    def get(self, values: dict[str, Any]) -> HttpResponse:
        """With a database they can."""
        return Reply({"status": "ok"}) if health.database().state == health.OK else unavailable()


class Ready(PublicView):
    """Whether every part does its work."""

    @operation(
        "Does every part work?",
        actions=None,
        shape=HEALTH,
        example={**EXAMPLE, "status": "ok", "failing": [], "components": EXAMPLE["components"][:1]},
        answers={503: SICK},
        description=(
            "Database, broker, workers, beat, the oldest waiting body, the latest deadline, the oldest change without a "
            "checkpoint, the disk. A broker that is away is `degraded`: work is then found by sweeps."
        ),
    )
    def get(self, values: dict[str, Any]) -> HttpResponse:
        """200, or 503 that names what fails."""
        found = health.findings()
        failing = [finding.component for finding in found if finding.state == health.FAILING]
        components = [
            {
                "component": finding.component,
                "state": finding.state,
                "detail": finding.detail,
                "seconds": None if finding.seconds is None else round(finding.seconds, 1),
            }
            for finding in found
        ]
        shown = {"status": health.verdict(found), "failing": failing, "components": components}
        return Reply(shown, 503 if failing else 200, headers={"Retry-After": "10"} if failing else None)


class Report(Ready):
    """The same for people: `/api/v1/health`."""
