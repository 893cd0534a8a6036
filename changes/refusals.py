"""What only a change refuses with, beyond the family of ``orgs.errors``."""

from __future__ import annotations

from collections.abc import Iterable

from orgs.errors import Conflict


class Frozen(Conflict):
    """Material fields stand still once approval was asked for; ``fields`` names those that were to change."""

    code = "frozen"
    title = "Frozen"

    def __init__(self, fields: Iterable[str], *, status: str, may_reopen: bool) -> None:
        self.fields = sorted(fields)
        remedy = (
            "Ask to reopen it, which voids its votes, or leave them as they are."
            if may_reopen
            else "Draft another change for what is left to do."
        )
        words = status.replace("_", " ")
        super().__init__(f"It is {words}, so these stand as they are: {', '.join(self.fields)}. {remedy}")


class StaleEvidence(Conflict):
    """The approver saw other evidence than there is now; ``changed`` names what differs, if that is known."""

    code = "stale_evidence"
    title = "Evidence changed"

    def __init__(self, changed: Iterable[str] = ()) -> None:
        self.changed = list(changed)
        what = f"Changed since: {', '.join(self.changed)}. " if self.changed else ""
        super().__init__(f"The evidence is no longer what you saw. {what}Read it again and vote anew.")
