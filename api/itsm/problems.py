"""`/itsm/problems` and `/itsm/known-errors`: what causes incidents, and what is known of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from api.base.operations import Call, operation
from api.base.pagination import NEWEST_FIRST, Ordering, both_ways, next_link, ordering_parameter, page_of
from api.base.parameters import CURSOR, LIMIT, Phrase, Words
from api.base.preconditions import etag
from api.base.replies import Reply
from api.base.schema import REFUSALS
from api.base.serializers import refuse_changed
from api.base.views import ApiView
from api.itsm.problem_shapes import (
    CHANGES_EXAMPLE,
    COLUMNS,
    EXAMPLE,
    KNOWN_ERRORS,
    KNOWN_EXAMPLE,
    NEW_EXAMPLE,
    PAGE,
    PROBLEM,
    STATUS_WORDS,
    USE_EXAMPLE,
    NewProblem,
    ProblemChanges,
    WorkaroundUsed,
    known_error_of,
    problem_of,
    shown_of,
)
from cmdb.queries import find_ci
from incidents.queries import affected_ids, find_incident
from problems.commands import create_problem, record_workaround_use, update_problem
from problems.known_errors import known_errors
from problems.queries import (
    ProblemFilter,
    affected_by_problem,
    find_problem,
    fixes_by_problem,
    linked_by_problem,
    problems,
)

TAG = "itsm problems"
ORDERINGS = both_ways(created_at=NEWEST_FIRST, updated_at=Ordering(("-updated_at", "-id")))
LIST = {
    "status": Words("Any of these statuses.", many=True, means=STATUS_WORDS),
    "incident": Phrase("Linked to this incident, by id or reference."),
    "ci": Phrase("Affects this configuration item, by id or name.", longest=300),
    "q": Phrase("Words to look for in title, symptoms, description and reference; compared literally."),
    "ordering": ordering_parameter(ORDERINGS, "-created_at"),
    "cursor": CURSOR,
    "limit": LIMIT,
}
SYMPTOMS = {
    "q": Phrase("What is seen, in words; a few of them suffice."),
    "ci": Phrase("Seen on any of these configuration items, by id or name.", many=True, longest=300),
    "service": Phrase("Seen in any of these services.", many=True),
    "incident": Phrase("What this incident says and affects, by id or reference."),
}
ETAG = {"ETag": "The record's version, for If-Match."}
UNKNOWN = {404: REFUSALS[404]}


def answered(shown: dict[str, Any], *, status: int = 200, **headers: str) -> Reply:
    """One problem with its ETag."""
    return Reply(shown, status, headers={"ETag": etag(shown["version"]), **headers})


class Problems(ApiView):
    """All problems."""

    tag = TAG

    @operation(
        "List problems",
        actions="problem.read",
        query=LIST,
        shape=PAGE,
        example={"items": [EXAMPLE], "next_cursor": None},
        headers={"Link": 'The next page, `rel="next"`; absent on the last.'},
        refusals=UNKNOWN,
        description="Newest first unless `ordering` says otherwise. An unknown `incident` or `ci` is 404.",
    )
    def get(self, call: Call) -> HttpResponse:
        """One page of them."""
        values = call.values
        wanted = ProblemFilter(
            statuses=values.get("status", ()),
            incident=find_incident(values["incident"]).pk if "incident" in values else None,
            ci=find_ci(values["ci"]).pk if "ci" in values else None,
            q=values.get("q", ""),
        )
        page = page_of(
            problems(wanted).values(*COLUMNS),
            values,
            owner=call.actor.org_id,
            ordering=values.get("ordering", NEWEST_FIRST),
        )
        ids = [row["id"] for row in page.rows]
        cis, incidents, changes = affected_by_problem(ids), linked_by_problem(ids), fixes_by_problem(ids)
        items = [
            shown_of(row, cis.get(row["id"], []), incidents.get(row["id"], []), changes.get(row["id"], []))
            for row in page.rows
        ]
        return Reply(
            {"items": items, "next_cursor": page.cursor or None}, headers=next_link(call.request._request, page)
        )

    @operation(
        "Create a problem",
        actions="problem.create",
        body=NewProblem,
        body_example=NEW_EXAMPLE,
        shape=PROBLEM,
        status=201,
        example={**EXAMPLE, "status": "investigating", "workaround": "", "linked_incidents": [], "version": 1},
        headers={**ETAG, "Location": "Where the new problem is."},
        description=(
            "Incidents that are linked say so too. Any other `status` than investigating takes the permission of that "
            "step; a known error needs a workaround or a root cause."
        ),
    )
    def post(self, call: Call) -> HttpResponse:
        """Open one."""
        row = create_problem(actor=call.actor, **call.data)
        return answered(problem_of(row), status=201, Location=f"/itsm/problems/{row.reference}")


class OneProblem(ApiView):
    """One problem."""

    tag = TAG

    @operation("Read a problem", actions="problem.read", shape=PROBLEM, example=EXAMPLE, headers=ETAG, refusals=UNKNOWN)
    def get(self, call: Call, problem_id: str) -> HttpResponse:
        """The record in full."""
        return answered(problem_of(find_problem(problem_id)))

    @operation(
        "Change a problem",
        actions=("problem.edit", "problem.status", "problem.assign", "problem.link"),
        body=ProblemChanges,
        partial=True,
        versioned=True,
        body_example=CHANGES_EXAMPLE,
        shape=PROBLEM,
        example=EXAMPLE,
        headers=ETAG,
        description=(
            "All changes together or none, each with its own permission. `linked_incidents` and `fixing_changes` "
            "replace all that are linked, on both sides. A known error without a workaround and a root cause is 409; "
            "a step out of resolved reopens the problem."
        ),
    )
    def patch(self, call: Call, problem_id: str) -> HttpResponse:
        """Change some of its fields."""
        row = find_problem(problem_id)
        refuse_changed(call.echoed, problem_of(row) if call.echoed else {})
        changes = dict(call.data)
        version = changes.pop("version", None)
        changed = update_problem(
            actor=call.actor,
            problem=row.pk,
            changes=changes,
            expected_version=version if call.expected_version is None else call.expected_version,
        )
        return answered(problem_of(changed))


class WorkaroundUses(ApiView):
    """What a problem's workaround is worth."""

    tag = TAG

    @operation(
        "Record a use of the workaround",
        actions="problem.workaround",
        body=WorkaroundUsed,
        body_example=USE_EXAMPLE,
        shape=PROBLEM,
        example=EXAMPLE,
        headers=ETAG,
        description="One per incident; a later answer corrects an earlier one. Without a workaround it is 409.",
    )
    def post(self, call: Call, problem_id: str) -> HttpResponse:
        """Count it."""
        row = record_workaround_use(
            actor=call.actor,
            problem=problem_id,
            incident=call.data["incident"],
            helped=call.data.get("helped"),
        )
        return answered(problem_of(row))


class KnownErrors(ApiView):
    """The known-error database."""

    tag = TAG

    @operation(
        "Search the known errors",
        actions="problem.read",
        query=SYMPTOMS,
        shape=KNOWN_ERRORS,
        example={"items": [KNOWN_EXAMPLE]},
        refusals=UNKNOWN,
        description=(
            "By symptom, configuration item and service, together; the best few, each with its reasons. Without any "
            "of them, the latest. An unknown `incident` or `ci` is 404."
        ),
    )
    def get(self, call: Call) -> HttpResponse:
        """The best matches."""
        values = call.values
        words = [values["q"]] if "q" in values else []
        cis = [find_ci(name).pk for name in values.get("ci", ())]
        services = list(values.get("service", ()))
        if "incident" in values:
            incident = find_incident(values["incident"])
            words.append(incident.title)
            cis += affected_ids(incident)
            services += incident.services
        return Reply({"items": [known_error_of(match) for match in known_errors(" ".join(words), cis, services)]})
