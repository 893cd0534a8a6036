"""Voting: approve, reject, abstain, hand the seat on, or ask first. Whoever comes here passes ``queries.may_vote``."""

from __future__ import annotations

from typing import Any

from changes.approvals import Decision, State, has_seat, has_voted, with_vote
from changes.commands.fields import checked
from changes.commands.reviews import review_due
from changes.differences import differences
from changes.events import Approved, QuestionAsked, Rejected, VoteCast, VoteDelegated
from changes.evidence import Evidence, evidence_of
from changes.models import Change, ChangeEvent
from changes.queries import Ident, Seat, may_vote, member_as_voter
from changes.refusals import StaleEvidence
from changes.states import Status
from orgs.actor import Actor
from orgs.checking import Refusals, check_choice
from orgs.errors import Invalid
from orgs.models import Membership
from orgs.policy import POLICY, require
from timeline.commands import command, lock, record

NEEDS_COMMENT = {
    Decision.REJECT: "Say why, so that the requester can do something about it.",
    Decision.ASK: "Write the question.",
}


@command
def vote(
    *,
    actor: Actor,
    change: Ident,
    decision: str,
    comment: str = "",
    delegate_to: str = "",
    evidence_hash: str = "",
    expected_version: int | None = None,
) -> Change:
    """Have one's say on a change that waits for it.

    ``decision`` is one of ``approvals.Decision``; ``comment`` is the reason of a rejection and the question that is
    asked; ``delegate_to`` the sign-in name of the member who gets the seat; ``evidence_hash`` what the approver saw.
    Raises ``Forbidden``, ``OutOfReach``, ``Invalid``, ``NotFound``, ``Stale``, ``Conflict``, ``StaleEvidence``.
    """
    require(actor, "change.vote")
    said = _checked(decision, comment, delegate_to, evidence_hash)
    row = lock(Change, change, expected_version=expected_version)
    seat = may_vote(actor, row)
    if said["decision"] == Decision.DELEGATE:
        record(row, _delegated(row, seat, said), actor=actor)
    elif said["decision"] == Decision.ASK:
        record(row, QuestionAsked(**_by(seat), question=said["comment"]), actor=actor)
    else:
        evidence = evidence_of(row)
        if said["evidence_hash"] and said["evidence_hash"] != evidence.snapshot_hash:
            raise StaleEvidence(differences(_kept(row, said["evidence_hash"]), evidence.as_data()))
        record(row, *_cast(row, seat, said, evidence), actor=actor)
    return row


def _checked(decision: str, comment: str, delegate_to: str, evidence_hash: str) -> dict[str, str]:
    refusals = Refusals()
    said: dict[str, str] = {}
    with refusals:
        said["decision"] = check_choice("decision", decision, [str(each) for each in Decision])
    with refusals:
        said |= checked({"comment": comment, "delegate_to": delegate_to, "evidence_hash": evidence_hash})
    refusals.check()
    if said["decision"] in NEEDS_COMMENT and not said["comment"]:
        raise Invalid.one("comment", "required", NEEDS_COMMENT[Decision(said["decision"])])
    if (said["decision"] == Decision.DELEGATE) != bool(said["delegate_to"]):
        raise Invalid.one("delegate_to", "required", "Name whom the seat goes to, and nobody in any other decision.")
    return said


def _by(seat: Seat) -> dict[str, Any]:
    return {
        "stage": seat.number,
        "stage_name": seat.stage["name"],
        "voter": seat.voter.ident,
        "voter_name": seat.voter.name,
    }


def _cast(row: Change, seat: Seat, said: dict[str, str], evidence: Evidence) -> list[Any]:
    """The vote, and what it decides."""
    seen = evidence.snapshot_hash
    cast = VoteCast(
        **_by(seat),
        decision=said["decision"],
        comment=said["comment"],
        evidence_hash=seen,
        evidence={} if seen == row.evidence_hash else evidence.as_data(),
    )
    outcome = with_vote(row.approval, seat.number, {"voter": cast.voter, "decision": cast.decision})["state"]
    before = row.status
    asked_first = before == Status.PENDING_APPROVAL
    if outcome == State.APPROVED:
        if asked_first:
            row.to_approved()
        return [cast, Approved(before=before, after=row.status, by=row.approval["policy"]["name"])]
    if outcome == State.REJECTED:
        if asked_first:
            row.to_draft()
        due = None if asked_first else review_due()
        return [cast, Rejected(before, row.status, cast.stage_name, cast.voter_name, cast.comment, due)]
    return [cast]


def _kept(row: Change, evidence_hash: str) -> dict[str, Any]:
    """The evidence of that hash where the stream holds it, else what was there to see last."""
    holding = ChangeEvent.objects.filter(aggregate=row, type__in=("CHANGE_SUBMITTED", "CHANGE_VOTE_CAST"))
    held = [event.payload for event in holding.order_by("-seq") if event.payload["evidence"]]
    seen = [payload for payload in held if payload["evidence_hash"] == evidence_hash]
    evidence: dict[str, Any] = (seen or held)[0]["evidence"]
    return evidence


def _delegated(row: Change, seat: Seat, said: dict[str, str]) -> VoteDelegated:
    """The seat of this person goes to another member, who could vote and has no other seat in the stage."""
    found = Membership.objects.filter(is_active=True, user__is_active=True, user__username__iexact=said["delegate_to"])
    membership = found.select_related("user").first()
    if membership is None:
        raise Invalid.one("delegate_to", "not_found", "There is no such member.")
    other = member_as_voter(membership)
    refusals = {
        "self": (other.ident in seat.voter.principals, "That is you."),
        "self_approval": (other.ident in row.requesters, "The requester cannot vote on it."),
        "role": (POLICY["change.vote"].isdisjoint(other.roles), f"{other.name} holds no role that may vote."),
        "voted": (has_voted(row.approval, other.ident), f"{other.name} has voted on it already."),
        "has_seat": (has_seat(seat.stage, other), f"{other.name} has a seat in this stage already."),
    }
    for code, (refused, message) in refusals.items():
        if refused:
            raise Invalid.one("delegate_to", code, message)
    return VoteDelegated(**_by(seat), delegate=other.ident, delegate_name=other.name, comment=said["comment"])
