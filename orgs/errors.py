"""What a command may refuse with: one small family that every front door translates into its own language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """One bad field: where it is, a stable code, and a sentence that names the remedy."""

    field: str
    code: str
    message: str


class DomainError(Exception):
    """A refusal that people and programs can act on. ``status`` is the HTTP status that says the same."""

    status = 400
    code = "refused"
    title = "Refused"

    def __init__(self, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if code is not None:
            self.code = code


class Invalid(DomainError):
    """Input that breaks a rule; names every bad field at once."""

    status = 400
    code = "invalid"
    title = "Invalid input"

    def __init__(self, fields: Sequence[FieldError]) -> None:
        self.fields = list(fields)
        super().__init__(" ".join(f"{error.field}: {error.message}" for error in self.fields))

    @classmethod
    def one(cls, field: str, code: str, message: str) -> Invalid:
        """The common case of a single bad field."""
        return cls([FieldError(field, code, message)])


class Forbidden(DomainError):
    """The actor holds none of the roles that the action takes."""

    status = 403
    code = "forbidden"
    title = "Role missing"

    def __init__(self, *, action: str, needs: Iterable[str]) -> None:
        self.action = action
        self.needs = sorted(needs)
        super().__init__(f"{action} takes one of these roles: {', '.join(self.needs)}.")


class OutOfReach(DomainError):
    """No role of the actor's suffices: somebody else must do it."""

    status = 403
    code = "out_of_reach"
    title = "Not yours to do"


class NotFound(DomainError):
    """No such record for this organisation, whether it exists elsewhere or not."""

    status = 404
    code = "not_found"
    title = "Not found"

    def __init__(self, what: str = "record") -> None:
        super().__init__(f"No such {what}.")


class Conflict(DomainError):
    """The record's present state does not allow this."""

    status = 409
    code = "conflict"
    title = "Conflict"


class IllegalTransition(Conflict):
    """The lifecycle has no such step from here."""

    code = "illegal_transition"
    title = "Illegal transition"

    def __init__(self, *, current: str, requested: str, allowed: Sequence[str], detail: str = "") -> None:
        self.current = current
        self.requested = requested
        self.allowed = list(allowed)
        super().__init__(
            detail
            or (
                f"It is already {current}."
                if current == requested
                else f"From {current} the next step may be {', '.join(self.allowed) or 'none'}; not {requested}."
            )
        )


class Stale(DomainError):
    """Somebody else changed the record since the caller read it."""

    status = 412
    code = "stale"
    title = "Changed meanwhile"

    def __init__(self, *, current_version: int) -> None:
        self.current_version = current_version
        super().__init__(f"The record is at version {current_version} now. Read it again and repeat the change.")


class Busy(DomainError):
    """The store could not take the change now; nothing was written. ``retry_after`` is in seconds."""

    status = 503
    code = "busy"
    title = "Busy"

    def __init__(self, *, retry_after: int = 1) -> None:
        self.retry_after = retry_after
        super().__init__("The record is being changed by others right now; nothing was written. Try again.")
