"""The doors through which an incident changes."""

from incidents.commands.create import create_incident
from incidents.commands.edit import (
    assign,
    change_severity,
    record_root_cause,
    update_incident,
)
from incidents.commands.lifecycle import (
    acknowledge,
    cancel,
    change_status,
    close,
    hold,
    release,
    reopen,
    resolve,
)
from incidents.commands.links import (
    add_tag,
    link_incidents,
    link_record,
    link_ticket,
    remove_tag,
    unlink_incidents,
    unlink_record,
)
from incidents.commands.signals import Signal, attach_signal, clear_signal, record_slo_violation
from incidents.commands.targets import set_sla_target
from incidents.commands.work import add_action, add_note

__all__ = [
    "Signal",
    "acknowledge",
    "add_action",
    "add_note",
    "add_tag",
    "assign",
    "attach_signal",
    "cancel",
    "change_severity",
    "change_status",
    "clear_signal",
    "close",
    "create_incident",
    "hold",
    "link_incidents",
    "link_record",
    "link_ticket",
    "record_root_cause",
    "record_slo_violation",
    "release",
    "remove_tag",
    "reopen",
    "resolve",
    "set_sla_target",
    "unlink_incidents",
    "unlink_record",
    "update_incident",
]
