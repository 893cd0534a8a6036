"""Differences between two snapshots of a change's evidence, in words for whoever saw the earlier one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orgs.durations import stamp
from timeline.payloads import parse_time

Data = Mapping[str, Any]

_PLANS = {
    "description": "description",
    "implementation_plan": "implementation plan",
    "test_plan": "test plan",
    "rollback_plan": "rollback plan",
    "risk_reason": "reason for its risk",
    "conflict_reason": "reason why conflicts are accepted",
}
_WORDS = {"title": "title", "type": "type", "risk": "risk", "requested_by": "requester", "assigned_to": "assignment"}
_LABELS = {
    "request": "What is asked for",
    "risk": "The computed risk",
    "conflicts": "What is in the way",
    "freezes": "The freezes in the way",
    "partial": "How much of the surroundings could be looked at",
    "blast_radius": "The blast radius",
    "findings": "What else is known of its items",
    "similar": "The outcomes of similar changes",
}
SHOWN = 5
"""Names of one list that are told."""


def differences(before: Data, after: Data) -> list[str]:
    """What changed from one ``Evidence.as_data()`` to a later one, a sentence each; empty for the same facts.

    Whatever differs and has no words of its own is named by its section, so that nothing changes unsaid.
    """
    found: list[str] = []
    for section, label in _LABELS.items():
        old, new = before.get(section), after.get(section)
        if old != new:
            told = [] if old is None or new is None else list(_TELL[section](old, new))
            found += told or [f"{label} changed."]
    return found


def _of_request(before: Data, after: Data) -> Iterator[str]:
    window = ("scheduled_at", "scheduled_end")
    if (old := [before[name] for name in window]) != (new := [after[name] for name in window]):
        yield _of_window(old, new)
    yield from _of_list("Configuration items", _names(before["cis"]), _names(after["cis"]))
    for name, label in _WORDS.items():
        if before[name] != after[name]:
            yield f"The {label} went from {before[name] or 'nothing'} to {after[name] or 'nothing'}."
    for name, label in _PLANS.items():
        if before[name] != after[name]:
            verb = "was added" if not before[name] else "was taken away" if not after[name] else "changed"
            yield f"The {label} {verb}."


def _of_window(before: list[str | None], after: list[str | None]) -> str:
    if before[0] is None:
        return f"The window was set to {_span(after)}."
    if after[0] is None:
        return f"The window, {_span(before)}, was taken away."
    return f"The window moved from {_span(before)} to {_span(after)}."


def _of_risk(before: Data, after: Data) -> Iterator[str]:
    if before["level"] != after["level"]:
        yield f"The computed risk went from {before['level']} to {after['level']}."
    old = {factor["code"]: factor for factor in before["factors"]}
    new = {factor["code"]: factor for factor in after["factors"]}
    for code, factor in new.items():
        if factor != old.get(code):
            yield f"{'New' if code not in old else 'Another'} reason for its risk: {factor['words']}"
    for code, factor in old.items():
        if code not in new:
            yield f"No longer a reason for its risk: {factor['words']}"


def _of_groups(before: list[Data], after: list[Data]) -> Iterator[str]:
    old, new = _conflicts(before), _conflicts(after)
    for key, conflict in new.items():
        if key not in old:
            yield f"New in the way: {conflict['words']}"
        elif (times := _times(conflict)) != (earlier := _times(old[key])):
            what = f"{conflict['reference']} {conflict['title']}".strip()
            yield f"{what} moved from {_span(earlier)} to {_span(times)}."
        elif conflict != old[key]:
            yield f"Changed in the way: {conflict['words']}"
    for key, conflict in old.items():
        if key not in new:
            yield f"No longer in the way: {conflict['words']}"
    counts = {group["reason"]: group["count"] for group in before}
    for group in after:
        unseen = group["count"] > len(group["conflicts"])
        if unseen and counts.get(group["reason"]) != group["count"]:
            yield f"{group['label']}: {counts.get(group['reason'], 0):,} became {group['count']:,}."


def _of_blast_radius(before: Data, after: Data) -> Iterator[str]:
    if before["dependents"] != after["dependents"]:
        yield f"The blast radius went from {before['dependents']:,} to {after['dependents']:,} items."
    if (old := before["highest_criticality"]) != (new := after["highest_criticality"]):
        yield f"The highest criticality that it reaches went from {old or 'none'} to {new or 'none'}."
    yield from _of_list("Services that it reaches", before["services"], after["services"])
    yield from _of_list("Teams that it reaches", before["teams"], after["teams"])


def _of_findings(before: list[Data], after: list[Data]) -> Iterator[str]:
    old = {(finding["source"], finding["reference"]): finding for finding in before}
    new = {(finding["source"], finding["reference"]): finding for finding in after}
    for key, finding in new.items():
        if finding != old.get(key):
            yield f"{'New' if key not in old else 'Changed'}: {_told(finding)}"
    for key, finding in old.items():
        if key not in new:
            yield f"No longer: {_told(finding)}"


def _of_similar(before: list[Data], after: list[Data]) -> Iterator[str]:
    old = {outcome["reference"]: outcome for outcome in before}
    for outcome in after:
        if outcome != old.get(outcome["reference"]):
            yield f"A similar change, {outcome['reference']} {outcome['title']}, has {outcome['status']}."


def _of_partial(before: bool, after: bool) -> Iterator[str]:
    yield (
        "There is more around its items now than could be looked at."
        if after
        else "All that is around its items could be looked at now."
    )


def _of_list(label: str, before: list[str], after: list[str]) -> Iterator[str]:
    for verb, names in (("were added", _less(after, before)), ("were taken out", _less(before, after))):
        if names:
            more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
            yield f"{label} {verb}: {', '.join(names[:SHOWN])}{more}."


def _less(names: list[str], without: list[str]) -> list[str]:
    gone = set(without)
    return [name for name in names if name not in gone]


def _names(refs: list[Data]) -> list[str]:
    return [str(ref["name"]) for ref in refs]


def _conflicts(groups: list[Data]) -> dict[tuple[str, str], Data]:
    return {(group["reason"], conflict["id"]): conflict for group in groups for conflict in group["conflicts"]}


def _times(conflict: Data) -> list[str | None]:
    return [conflict["start"], conflict["end"]]


def _span(times: list[str | None]) -> str:
    start, end = (None if text is None else parse_time(text) for text in times)
    return f"{stamp(start) if start else 'always'} – {stamp(end) if end else 'without an end'}"


def _told(finding: Data) -> str:
    return f"{finding['reference']} {finding['title']}: {finding['words']}".strip()


_TELL: dict[str, Callable[[Any, Any], Iterator[str]]] = {
    "request": _of_request,
    "risk": _of_risk,
    "conflicts": _of_groups,
    "freezes": _of_groups,
    "partial": _of_partial,
    "blast_radius": _of_blast_radius,
    "findings": _of_findings,
    "similar": _of_similar,
}
