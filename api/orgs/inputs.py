"""What `/api/orgs/{orgId}` reads."""

from __future__ import annotations

from api.base.fields import Amount, Flag, Many, Members, Moment, RecordName, Text, Word
from api.base.serializers import StrictInput
from api.vocabulary import ORGS, SEVERITY_MEANS
from incidents.commands.fields import LENGTHS, MOST_CIS, MOST_ITEMS
from incidents.commands.signals import LARGEST_BUDGET
from incidents.commands.signals import LENGTHS as SIGNAL_LENGTHS


class NewOrgIncident(StrictInput):
    """A new incident."""

    projectId = Text(required=False, allow_null=True, max_length=63, help_text="A project's id or slug.")
    title = Text(visible=True, max_length=LENGTHS["title"])
    description = Text(required=False, max_length=LENGTHS["description"])
    serviceName = Text(required=False, max_length=LENGTHS["service_name"])
    services = Many(Text(visible=True, max_length=200), most=MOST_ITEMS, required=False)
    severity = Word(SEVERITY_MEANS, help_text="In any dialect's spelling.")
    environment = Text(required=False, max_length=LENGTHS["environment"])
    detectedBy = Text(required=False, max_length=LENGTHS["detected_by"])
    assignedTo = Text(required=False, max_length=LENGTHS["assigned_to"])
    affectedCis = Many(RecordName(), most=MOST_CIS, required=False, help_text="Ids or names.")
    runbookPath = Text(required=False, max_length=LENGTHS["runbook_path"])
    initialCorrelationKey = Text(required=False, max_length=500)


class OrgStatusChange(StrictInput):
    """A step of the lifecycle."""

    newStatus = Word({word: word for word in ORGS.status_words})
    reason = Text(required=False, max_length=LENGTHS["reason"], help_text="With RESOLVED, the resolution.")


class OrgSeverityChange(StrictInput):
    """A new severity."""

    newSeverity = Word(SEVERITY_MEANS)
    reason = Text(required=False, max_length=LENGTHS["reason"])


class NewOrgAction(StrictInput):
    """Something that was done."""

    actionKind = Text(visible=True, max_length=LENGTHS["kind"], help_text="Such as NOTE or ROLLBACK.")
    label = Text(visible=True, max_length=500)  # type: ignore[assignment]  # a field of that name
    details = Text(required=False, max_length=LENGTHS["details"])


class NewOrgSignal(StrictInput):
    """An observation to attach."""

    signalType = Text(visible=True, max_length=SIGNAL_LENGTHS["signal_type"], help_text="Such as ALERT.")
    source = Text(visible=True, max_length=SIGNAL_LENGTHS["source"])  # type: ignore[assignment]  # a field of that name
    summary = Text(visible=True, max_length=LENGTHS["description"])
    correlationKey = Text(required=False, max_length=SIGNAL_LENGTHS["correlation_key"])
    traceId = Text(required=False, max_length=SIGNAL_LENGTHS["trace_id"])
    serviceName = Text(required=False, max_length=SIGNAL_LENGTHS["service_name"])
    environment = Text(required=False, max_length=SIGNAL_LENGTHS["environment"])
    data = Members(required=False, most=1000)  # type: ignore[assignment]  # a field of that name
    ts = Moment(required=False, help_text="When it was observed, if not now.")


class NewOrgSloViolation(StrictInput):
    """An objective that was missed."""

    sloId = Text(visible=True, max_length=200)
    windowStart = Moment()
    windowEnd = Moment()
    errorBudgetConsumed = Amount(
        max_digits=14,
        decimal_places=6,
        min_value=0,
        max_value=LARGEST_BUDGET,
        help_text="A share of the budget; 1 is all of it.",
    )
    thresholdBreached = Flag(required=False)
    details = Text(required=False, max_length=LENGTHS["details"])
