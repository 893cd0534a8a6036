"""What can be read of problems: one by its name, lists by filters, streams and relations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from changes.models import Change
from incidents.models import Incident
from orgs.text import is_storable
from problems.events import Ref
from problems.models import (
    Problem,
    ProblemChange,
    ProblemCI,
    ProblemEvent,
    ProblemIncident,
    RecurrenceProposal,
    WorkaroundUse,
)
from timeline.commands import find


def find_problem(ident: Problem | UUID | str) -> Problem:
    """The problem by id or reference, within the current organisation. Raises ``NotFound``."""
    return find(Problem, ident)


@dataclass(frozen=True)
class ProblemFilter:
    """What a list of problems is narrowed to. Empty members narrow nothing; several values of one member are or-ed."""

    statuses: Sequence[str] = ()
    incident: UUID | None = None
    ci: UUID | None = None
    q: str = ""


NOTHING_NARROWED = ProblemFilter()


def problems(wanted: ProblemFilter = NOTHING_NARROWED) -> QuerySet[Problem]:
    """The problems of the current organisation that a filter lets through, in no order."""
    rows: QuerySet[Problem] = Problem.objects.order_by()
    if not is_storable(wanted.q):
        return rows.none()
    if wanted.statuses:
        rows = rows.filter(status__in=wanted.statuses)
    if wanted.incident is not None:
        rows = rows.filter(Exists(ProblemIncident.objects.filter(problem=OuterRef("pk"), incident=wanted.incident)))
    if wanted.ci is not None:
        rows = rows.filter(Exists(ProblemCI.objects.filter(problem=OuterRef("pk"), ci=wanted.ci)))
    for word in wanted.q.split()[:8]:
        rows = rows.filter(Q(search_text__contains=word.casefold()) | Q(reference__istartswith=word))
    return rows


def affected_refs(row: Problem) -> list[Ref]:
    """The configuration items of a problem as events name them."""
    if not row.affected_names:
        return []
    found = ProblemCI.objects.filter(problem=row).values_list("ci_id", "ci__name")
    return sorted(({"id": str(pk), "name": name} for pk, name in found), key=lambda ref: (ref["name"], ref["id"]))


def affected_by_problem(problems: Iterable[UUID]) -> dict[UUID, list[Ref]]:
    """The configuration items of several problems, by one query."""
    found: dict[UUID, list[Ref]] = {}
    rows = ProblemCI.objects.filter(problem__in=list(problems)).order_by("ci__name", "ci_id")
    for problem_id, ci_id, name in rows.values_list("problem_id", "ci_id", "ci__name"):
        found.setdefault(problem_id, []).append({"id": str(ci_id), "name": name})
    return found


def linked_incidents(row: Problem) -> list[Incident]:
    """The incidents that a problem caused, the newest first."""
    linked = ProblemIncident.objects.filter(problem=row).values("incident")
    return list(Incident.objects.filter(pk__in=linked).order_by("-created_at", "-id"))


def linked_ids(row: Problem) -> set[UUID]:
    """The ids of the incidents that a problem caused."""
    return set(ProblemIncident.objects.filter(problem=row).values_list("incident_id", flat=True))


def linked_by_problem(problems: Iterable[UUID]) -> dict[UUID, list[Mapping[str, object]]]:
    """The incidents of several problems, the newest first, by one query: id, reference, title, severity, status."""
    found: dict[UUID, list[Mapping[str, object]]] = {}
    rows = ProblemIncident.objects.filter(problem__in=list(problems))
    rows = rows.order_by("-incident__created_at", "-incident_id")
    columns = ("id", "reference", "title", "severity", "status")
    for problem_id, *values in rows.values_list("problem_id", *(f"incident__{name}" for name in columns)):
        found.setdefault(problem_id, []).append(dict(zip(columns, values, strict=True)))
    return found


def fixing_changes(row: Problem) -> list[Change]:
    """The changes that are to end a problem, or have, the newest first."""
    fixes = ProblemChange.objects.filter(problem=row).values("change")
    return list(Change.objects.filter(pk__in=fixes).order_by("-created_at", "-id"))


def fixing_ids(row: Problem) -> set[UUID]:
    """The ids of the changes that are to end a problem."""
    return set(ProblemChange.objects.filter(problem=row).values_list("change_id", flat=True))


def fixes_by_problem(problems: Iterable[UUID]) -> dict[UUID, list[Mapping[str, object]]]:
    """The fixing changes of several problems, the newest first, by one query: id, reference, title, status."""
    found: dict[UUID, list[Mapping[str, object]]] = {}
    rows = ProblemChange.objects.filter(problem__in=list(problems)).order_by("-change__created_at", "-change_id")
    columns = ("id", "reference", "title", "status")
    for problem_id, *values in rows.values_list("problem_id", *(f"change__{name}" for name in columns)):
        found.setdefault(problem_id, []).append(dict(zip(columns, values, strict=True)))
    return found


def fixed_by(change: Change) -> list[Problem]:
    """The problems that a change is to end, the newest first."""
    fixes = ProblemChange.objects.filter(change=change).values("problem")
    return list(Problem.objects.filter(pk__in=fixes).order_by("-created_at", "-id"))


def problems_of(incident: Incident) -> list[Problem]:
    """The problems that an incident is linked to, the newest first."""
    linked = ProblemIncident.objects.filter(incident=incident).values("problem")
    return list(Problem.objects.filter(pk__in=linked).order_by("-created_at", "-id"))


def events_of(row: Problem, *, after: int = 0, limit: int | None = None) -> list[ProblemEvent]:
    """The stream of a problem from the event after a sequence number on."""
    stream = ProblemEvent.objects.filter(aggregate=row, seq__gt=after).order_by("seq")
    return list(stream[:limit] if limit else stream)


def uses_of(row: Problem, *, limit: int = 50) -> list[WorkaroundUse]:
    """The latest uses of a problem's workaround, with their incidents."""
    return list(WorkaroundUse.objects.filter(problem=row).select_related("incident")[:limit])


def pending_proposals(*, limit: int = 50) -> list[RecurrenceProposal]:
    """The problems that the detector proposes, the latest seen first."""
    rows = RecurrenceProposal.objects.filter(state=RecurrenceProposal.State.PENDING)
    return list(rows.select_related("ci").order_by("-last_seen_at", "-id")[:limit])
