"""The tables of problems: the row, its stream, what hangs below it, and the proposals of recurring incidents."""

from problems.models.belongings import ProblemChange, ProblemCI, ProblemIncident, ProblemService, WorkaroundUse
from problems.models.problem import Problem, ProblemEvent
from problems.models.recurrence import RecurrenceCheck, RecurrenceProposal, RecurrenceRule

__all__ = [
    "Problem",
    "ProblemCI",
    "ProblemChange",
    "ProblemEvent",
    "ProblemIncident",
    "ProblemService",
    "RecurrenceCheck",
    "RecurrenceProposal",
    "RecurrenceRule",
    "WorkaroundUse",
]
