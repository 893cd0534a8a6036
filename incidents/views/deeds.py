"""Doing things to incidents from pages: one deed on one incident, or one on many."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from incidents import commands
from incidents.models import Incident
from incidents.queries import events_of, find_incident
from incidents.targets import targets_of
from incidents.views.detail import deeds_context, record_context
from incidents.views.forms import DEEDS, Deed, Tried
from incidents.views.rows import FIELDS, printed
from incidents.wording import actor_words, describe
from orgs.actor import Actor
from orgs.clock import now
from orgs.durations import iso, stamp
from orgs.errors import DomainError, Invalid, NotFound, Stale
from orgs.neutral import neutral, neutral_lines
from orgs.pages import PageRequest, refusal_words, safe_next, signed_in
from orgs.policy import allows

MOST_ROWS = 100
_OWN_FIELDS = ("csrfmiddlewaretoken", "version", "org", "from")


def _version(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid.one(
            "version", "invalid", "The form does not say which version it was made from. Reload the page."
        )
    return int(text)


@require_POST
@signed_in
def act(request: PageRequest, ref: str) -> HttpResponse:
    """Carry out one deed. A refusal shows the form again as it was typed; a conflict shows both values."""
    row = find_incident(ref)
    deed = DEEDS.get(request.POST.get("deed", ""))
    if deed is None:
        raise NotFound("action")
    values = request.POST.dict()
    try:
        version = None if deed.appends else _version(values.get("version", ""))
        said = deed.run(request.actor, row, values, version)
    except Stale as error:
        return _answer(
            request, row, error.status, conflict=conflict_of(deed, values, row.pk, _version(values["version"]))
        )
    except DomainError as error:
        return _answer(request, row, error.status, tried=_tried(deed, values, error, request.actor))
    return _done(request, row, said)


def _tried(deed: Deed, values: dict[str, str], error: DomainError, actor: Actor) -> Tried:
    known = {ask.name for ask in deed.fields} | {"text", "occurred_at"}
    errors: dict[str, str] = {}
    rest: list[str] = []
    if isinstance(error, Invalid):
        for fault in error.fields:
            name = deed.renamed.get(fault.field, fault.field)
            if name in known:
                errors[name] = fault.message
            else:
                rest.append(f"{fault.field}: {fault.message}")
    else:
        rest.append(refusal_words(error, actor))
    return Tried(deed.name, values, errors, " ".join(rest))


def conflict_of(deed: Deed, values: dict[str, str], pk: object, version: int) -> dict[str, Any]:
    """Both values of every field that the form wanted to write, and what happened since it was opened."""
    row = Incident.objects.get(pk=pk)
    pairs = []
    for name, column in deed.columns.items():
        if name not in values:
            continue
        held = getattr(row, "affected_names" if column == "affected_cis" else column)
        theirs = "\n".join(held) if isinstance(held, list) else str(held)
        if theirs != values[name]:
            label = next((ask.label for ask in deed.fields if ask.name == name), column.capitalize())
            pairs.append({"name": label, "mine": neutral_lines(values[name]), "theirs": neutral_lines(theirs)})
    hidden = {name: value for name, value in values.items() if name not in _OWN_FIELDS}
    return {
        "label": deed.label,
        "pairs": pairs,
        "version": row.version,
        "hidden": list(hidden.items()),
        "since": [
            {
                "who": actor_words(event),
                "what": describe(event).what,
                "at": iso(event.recorded_at),
                "stamp": stamp(event.recorded_at),
            }
            for event in events_of(row, after=version, limit=20)
        ],
    }


def _from_list(request: PageRequest) -> bool:
    """Whether the form stands in a drawer above a list, whose row is to be swapped."""
    return bool(request.htmx) and request.htmx.target == "outcome"


def _from_drawer(request: PageRequest) -> bool:
    return bool(request.htmx) and request.POST.get("from") == "drawer"


def _answer(
    request: PageRequest,
    row: Incident,
    status: int,
    *,
    tried: Tried | None = None,
    conflict: dict[str, Any] | None = None,
) -> HttpResponse:
    row = Incident.objects.get(pk=row.pk)
    if _from_drawer(request):
        context = {
            **deeds_context(request, row, tried),
            "conflict": conflict,
            "refusal": _sentence(tried, in_forms=True),
        }
        response = render(request, "incidents/act.html", context, status=status)
        response["HX-Retarget"], response["HX-Reswap"] = "#drawer-body", "innerHTML"
        return response
    context = {**record_context(request, row, tried), "conflict": conflict, "refusal": _sentence(tried)}
    template = "incidents/_record.html" if request.htmx else "incidents/detail.html"
    return render(request, template, context, status=status)


def _sentence(tried: Tried | None, *, in_forms: bool = False) -> str:
    """What the page says above, where no form of it shows the refusal."""
    if tried is None:
        return ""
    if tried.errors and (in_forms or tried.deed in ("resolve", "assign", "note")):
        return tried.sentence
    return " ".join((tried.sentence, *tried.errors.values())).strip()


def _done(request: PageRequest, row: Incident, said: str) -> HttpResponse:
    if not request.htmx:
        messages.success(request, said)
        return redirect("incidents:detail", ref=row.reference)
    if _from_list(request):
        context = {"rows": _fresh_rows(request.actor, [row.reference]), "said": []}
        response = render(request, "incidents/_outcome.html", context)
        response["HX-Trigger"] = json.dumps({"ops:close": "", "ops:toast": said, "ops:say": said})
        return response
    fresh = Incident.objects.get(pk=row.pk)
    response = render(request, "incidents/_record.html", record_context(request, fresh))
    closing = {"ops:close": ""} if _from_drawer(request) else {}
    response["HX-Trigger"] = json.dumps({**closing, "ops:toast": said, "ops:say": said})
    return response


def _fresh_rows(actor: Actor, references: list[str], refused: dict[str, str] | None = None) -> list[str]:
    return printed(
        Incident.objects.filter(reference__in=references).values(*FIELDS),
        targets=targets_of(actor.org_id),
        now=now(),
        may_acknowledge=allows(actor, "incident.status"),
        oob=True,
        refused=refused,
    )


def _bulk_run(request: PageRequest) -> tuple[str, list[str], Callable[[str, int], Any]]:
    """What the list's form asks for: a word for it, the chosen rows, and the command for one of them."""
    actor, post = request.actor, request.POST
    if "acknowledge" in post:
        return (
            "acknowledged",
            [post["acknowledge"]],
            lambda ref, version: commands.acknowledge(actor=actor, incident=ref, expected_version=version),
        )
    chosen = post.getlist("row")
    if post.get("do") == "acknowledge":
        return (
            "acknowledged",
            chosen,
            lambda ref, version: commands.acknowledge(actor=actor, incident=ref, expected_version=version),
        )
    if post.get("do") == "assign":
        return (
            "assigned",
            chosen,
            lambda ref, version: commands.assign(
                actor=actor, incident=ref, to=post.get("to", ""), expected_version=version
            ),
        )
    if post.get("do") == "severity":
        return (
            "changed",
            chosen,
            lambda ref, version: commands.change_severity(
                actor=actor, incident=ref, to=post.get("severity", ""), expected_version=version
            ),
        )
    raise NotFound("action")


@require_POST
@signed_in
def bulk(request: PageRequest) -> HttpResponse:
    """One deed on the chosen rows, each in a transaction of its own; says which were refused and why."""
    word, chosen, run = _bulk_run(request)
    done: list[str] = []
    refused: dict[str, str] = {}
    for pair in chosen[:MOST_ROWS]:
        reference, _, version = pair.partition(":")
        try:
            run(reference, _version(version))
        except Stale:
            refused[reference] = "Somebody changed it meanwhile; this row shows it as it is now."
        except DomainError as error:
            refused[reference] = neutral(refusal_words(error, request.actor))
        else:
            done.append(reference)
    said = _bulk_words(word, done, refused, len(chosen))
    if not request.htmx:
        for tone, sentence in said:
            (messages.success if tone == "ok" else messages.error)(request, sentence)
        return redirect(
            safe_next(request, request.POST.get("back")) if request.POST.get("back") else reverse("incidents:list")
        )
    rows = _fresh_rows(request.actor, [*done, *refused], refused)
    context = {"rows": rows, "said": [{"tone": tone, "words": sentence} for tone, sentence in said]}
    return render(request, "incidents/_outcome.html", context)


def _bulk_words(word: str, done: list[str], refused: dict[str, str], asked: int) -> list[tuple[str, str]]:
    said = []
    if not asked:
        said.append(("bad", "No row is selected. Tick the rows that you mean."))
    if done:
        said.append(("ok", f"{done[0]} {word}." if len(done) == 1 else f"{len(done)} incidents {word}."))
    by_reason: dict[str, list[str]] = {}
    for reference, reason in refused.items():
        by_reason.setdefault(reason, []).append(reference)
    for reason, references in by_reason.items():
        said.append(("bad", f"{', '.join(references)}: {reason}"))
    if asked > MOST_ROWS:
        said.append(("bad", f"Only the first {MOST_ROWS} rows were looked at."))
    return said
