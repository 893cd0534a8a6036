"""Problems in the admin: the list, the record with its stream and its buttons, and the proposals of the detector."""

from problems.admin.problem import ProblemAdmin
from problems.admin.recurrence import RecurrenceProposalAdmin, RecurrenceRuleAdmin

__all__ = ["ProblemAdmin", "RecurrenceProposalAdmin", "RecurrenceRuleAdmin"]
