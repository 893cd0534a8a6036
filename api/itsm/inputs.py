"""What `/itsm` reads."""

from __future__ import annotations

from api.base.fields import Many, RecordName, Text, Whole, Word
from api.base.serializers import StrictInput
from api.itsm.shapes import INCIDENT
from api.vocabulary import ITSM, SEVERITY_MEANS
from incidents.commands.fields import LENGTHS, MOST_CIS, MOST_ITEMS

STATUS_WORDS = {word: word for word in ITSM.status_words}


class NewItsmIncident(StrictInput):
    """A new incident."""

    title = Text(visible=True, max_length=LENGTHS["title"])
    severity = Word(SEVERITY_MEANS, help_text="In any dialect's spelling.")
    description = Text(required=False, max_length=LENGTHS["description"])
    affected_cis = Many(RecordName(), most=MOST_CIS, required=False, help_text="Ids or names.")
    assigned_to = Text(
        required=False, max_length=LENGTHS["assigned_to"], help_text="A team or person where one is so named."
    )
    services = Many(Text(visible=True, max_length=200), most=MOST_ITEMS, required=False)
    source = Text(required=False, max_length=LENGTHS["source"])  # type: ignore[assignment]  # a field of that name


class ItsmIncidentChanges(StrictInput):
    """Changes of an incident; what is left out stays, and what stands there already is no change."""

    status = Word(STATUS_WORDS)
    assigned_to = Text(max_length=LENGTHS["assigned_to"])
    severity = Word(SEVERITY_MEANS, help_text="Takes a role that may change severities.")
    resolution = Text(max_length=LENGTHS["resolution"], help_text="With or after the step to resolved.")
    root_cause = Text(max_length=LENGTHS["root_cause"], help_text="From resolved on.")
    title = Text(visible=True, max_length=LENGTHS["title"])
    description = Text(max_length=LENGTHS["description"])
    affected_cis = Many(RecordName(), most=MOST_CIS, help_text="All of them, by id or name.")
    services = Many(Text(visible=True, max_length=200), most=MOST_ITEMS)
    version = Whole(min_value=0, help_text="The version that was read; like If-Match.")

    echoes = frozenset(INCIDENT.members)


class ItsmResolution(StrictInput):
    """How it was resolved."""

    resolution = Text(visible=True, max_length=LENGTHS["resolution"])
    root_cause = Text(required=False, max_length=LENGTHS["root_cause"])
