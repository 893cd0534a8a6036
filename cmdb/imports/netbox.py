"""NetBox: pages of devices, virtual machines and services, and the body of its webhook.

External ids are ``model/id`` (``dcim.device/31``), for NetBox counts ids per model. A record's model is read from the
path of its ``url``, so a page needs no label.
"""

from __future__ import annotations

import re
from typing import Any

from cmdb.imports.batch import MOST_ROWS, Batch, Collector, ItemRow, RelationRow, Target, unreadable
from cmdb.imports.body import UnreadableBody, json_of, member, text_or_none
from cmdb.imports.words import criticality_of, environment_of_tags

NAME = "netbox"

_PATH = re.compile(r"/api/(?P<place>[a-z-]+/[a-z-]+)/(?P<id>\d+)/?$")
_MODELS = {
    "dcim/devices": "dcim.device",
    "virtualization/virtual-machines": "virtualization.virtualmachine",
    "virtualization/clusters": "virtualization.cluster",
    "ipam/services": "ipam.service",
}
_STATUSES = {
    "active": "active",
    "offline": "active",
    "failed": "active",
    "planned": "planned",
    "staged": "planned",
    "inventory": "planned",
    "staging": "planned",
    "paused": "active",
    "decommissioning": "retired",
}
"""What fails or is switched off is still in use, as far as impact goes; what is decommissioned is not."""

_DETAILS: dict[str, tuple[str, ...]] = {
    "serial": ("serial",),
    "asset_tag": ("asset_tag",),
    "manufacturer": ("device_type", "manufacturer", "name"),
    "model": ("device_type", "model"),
    "platform": ("platform", "name"),
    "site": ("site", "name"),
    "rack": ("rack", "name"),
    "description": ("description",),
    "ip": ("primary_ip", "address"),
    "fqdn": ("primary_ip", "dns_name"),
    "protocol": ("protocol", "value"),
    "netbox_status": ("status", "value"),
    "url": ("display_url",),
}


def read(raw: bytes) -> Batch:
    """Read a page of a listing, a single record, or a webhook's body; faults are in the batch, never raised."""
    try:
        body = json_of(raw)
    except UnreadableBody as error:
        return unreadable(NAME, str(error))
    if not isinstance(body, dict):
        return unreadable(NAME, "A NetBox page is an object with results.")
    found = Collector(NAME)
    if "event" in body and isinstance(body.get("data"), dict):
        _read_event(found, body)
    elif isinstance(body.get("results"), list):
        return _read_page(found, body)
    elif "url" in body:
        _read_record(found, 1, body)
    else:
        detail = text_or_none(body.get("detail")) or "there are no results in it"
        return unreadable(NAME, f"Not a NetBox page: {detail}")
    return found.batch()


def _read_page(found: Collector, body: dict[str, Any]) -> Batch:
    if len(body["results"]) > MOST_ROWS:
        return unreadable(NAME, f"Import at most {MOST_ROWS:,} rows at once.", code="too_many")
    for number, record in enumerate(body["results"], 1):
        _read_record(found, number, record)
    models = {item.external_id.split("/")[0] for item in found.items}
    for model in models:
        found.listings.add(f"{model}/")
        if len(models) == 1 and isinstance(body.get("count"), int):
            found.totals[f"{model}/"] = body["count"]
    return found.batch()


def _read_event(found: Collector, body: dict[str, Any]) -> None:
    """One record that changed. A deletion says that it is missing: nothing here is ever deleted."""
    model, record = text_or_none(body.get("object_type")) or "", body["data"]
    if model and model not in _MODELS.values():
        found.fault(1, "object_type", "unsupported", f"{model[:100]} is no kind of configuration item here.")
    elif body["event"] == "deleted":
        ident = text_or_none(record.get("id"))
        external_id = f"{model}/{ident}" if model and ident else _external_id(record)
        found.items.append(ItemRow(1, external_id=external_id, name=_name(record), status="missing"))
    else:
        _read_record(found, 1, record)


def _read_record(found: Collector, number: int, record: Any) -> None:
    external_id = _external_id(record)
    if not external_id:
        found.fault(number, "url", "unsupported", "Not a device, virtual machine, cluster or service of NetBox.")
        found.saw("")
        return
    found.saw(external_id)
    model = external_id.split("/")[0]
    name = _name(record)
    tags = [slug for tag in _list(record.get("tags")) if (slug := text_or_none(member(tag, "slug")))]
    role = text_or_none(member(record, "role", "slug"))
    kind = model.split(".")[1]
    here = Target(external_id, name or "")
    found.items.append(
        ItemRow(
            number,
            external_id=external_id,
            name=name,
            kind=f"{kind}/{role}" if role else kind,
            environment=_custom(record, "environment") or environment_of_tags(tags),
            criticality=criticality_of(_custom(record, "criticality")),
            owner=_owner(record),
            status=_STATUSES.get(text_or_none(member(record, "status", "value")) or ""),
            attributes=_attributes(record, tags),
            tells_relations=True,
            qualifier=text_or_none(member(record, "parent", "display") or member(record, "site", "name")) or "",
        )
    )
    for target in _stands_on(record, model):
        found.relations.append(RelationRow(number, here, target, "runs_on"))


def _stands_on(record: dict[str, Any], model: str) -> list[Target]:
    """A virtual machine runs on its cluster and device, a service on its parent."""
    if model == "virtualization.virtualmachine":
        return [target for part in ("cluster", "device") if (target := _brief(record.get(part)))]
    if model == "ipam.service":
        parent, ident = text_or_none(record.get("parent_object_type")), text_or_none(record.get("parent_object_id"))
        name = text_or_none(member(record, "parent", "name") or member(record, "parent", "display")) or ""
        if parent and ident:
            return [Target(f"{parent}/{ident}", name)]
        # Releases before 4.3 name the parent by its kind.
        return [target for part in ("device", "virtual_machine") if (target := _brief(record.get(part)))]
    return []


def _brief(record: Any) -> Target | None:
    external_id = _external_id(record)
    return Target(external_id, _name(record) or "") if external_id else None


def _external_id(record: Any) -> str:
    match = _PATH.search(text_or_none(member(record, "url")) or "")
    model = _MODELS.get(match["place"]) if match else None
    return f"{model}/{match['id']}" if match and model else ""


def _name(record: Any) -> str | None:
    return text_or_none(member(record, "name")) or text_or_none(member(record, "display"))


def _custom(record: dict[str, Any], field: str) -> str | None:
    """A custom field's value; a selection comes as an object in some releases."""
    value = member(record, "custom_fields", field)
    return text_or_none(member(value, "label")) or text_or_none(value)


def _owner(record: dict[str, Any]) -> str | None:
    tenant = text_or_none(member(record, "tenant", "name"))
    contacts = _list(record.get("contacts"))
    return tenant or next((name for contact in contacts if (name := text_or_none(member(contact, "name")))), None)


def _attributes(record: dict[str, Any], tags: list[str]) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        name: text_or_none(member(record, *path)) for name, path in _DETAILS.items() if path[0] in record
    }
    if attributes.get("ip"):
        attributes["ip"] = attributes["ip"].split("/", 1)[0]
    for name in ("vcpus", "memory", "disk"):
        if isinstance(record.get(name), int | float):
            attributes[name] = record[name]
    if ports := [port for port in _list(record.get("ports")) if isinstance(port, int)]:
        attributes["ports"] = ports
    if "tags" in record:
        attributes["tags"] = tags or None
    return attributes


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
