"""The configuration items of the demonstration: power, cooling, network, storage, machines, databases and services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

DOMAIN = "ng1.northgate.example"
HALLS = ("a", "b")

FACILITIES, NETWORK, PLATFORM = "Facilities", "Network", "Platform"
DATABASES, PAYMENTS, DESK = "Databases", "Payments SRE", "Service Desk"


@dataclass(frozen=True)
class Item:
    """One configuration item; ``on`` holds what it depends on as (name, kind of dependency)."""

    name: str
    kind: str
    criticality: str
    team: str
    on: tuple[tuple[str, str], ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    environment: str = "production"


def _on(kind: str, names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, kind) for name in names.split())


def northgate() -> list[Item]:
    """Everything of Northgate's first site, what others depend on before what depends on it."""
    return [
        Item("ng1", "datacenter", "critical", FACILITIES, (), {"address": "4 Harrow Lane, Northgate", "tier": "III"}),
        *_power(),
        *_cooling(),
        *_racks(),
        *_network(),
        *_storage(),
        *_hypervisors(),
        *_machines(),
        *_databases(),
        *_services(),
        *_staging(),
    ]


def _power() -> Iterator[Item]:
    for number in ("1", "2"):
        yield Item(f"utility-feed-{number}", "power-feed", "critical", FACILITIES, _on("member_of", "ng1"),
                   {"supplier": "Northern Grid", "capacity": "2.4 MVA"})  # fmt: skip
        yield Item(f"generator-{number}", "generator", "high", FACILITIES, _on("member_of", "ng1"),
                   {"model": "QSK60", "fuel_hours": "48"})  # fmt: skip
    for hall, number in zip(HALLS, ("1", "2"), strict=True):
        yield Item(f"hall-{hall}", "room", "critical", FACILITIES, _on("member_of", "ng1"), {"racks": "4"})
        yield Item(f"ups-{hall}", "ups", "critical", FACILITIES,
                   _on("uses", f"utility-feed-{number} generator-{number}"),
                   _device(f"ups-{hall}", 10 + int(number), model="Galaxy VX 500", battery="8 min"))  # fmt: skip
    for hall in HALLS:
        for number, source in zip(("1", "2"), HALLS, strict=True):
            # Each hall takes one feed from either UPS.
            name = f"pdu-{hall}{number}"
            yield Item(name, "pdu", "high", FACILITIES, _on("depends_on", f"ups-{source}"),
                       _device(name, 20 + HALLS.index(hall) * 2 + int(number), model="PDU 9000"))  # fmt: skip


def _cooling() -> Iterator[Item]:
    for number in ("1", "2"):
        yield Item(f"chiller-{number}", "chiller", "critical", FACILITIES, _on("uses", f"utility-feed-{number}"),
                   _device(f"chiller-{number}", 30 + int(number), model="30XA-1002"))  # fmt: skip
    for hall, ups in zip(HALLS, HALLS, strict=True):
        for number in ("1", "2"):
            name = f"crah-{hall}{number}"
            on = _on("depends_on", f"chiller-{number}") + _on("uses", f"ups-{ups}")
            address = 40 + HALLS.index(hall) * 2 + int(number)
            yield Item(name, "cooling-unit", "high", FACILITIES, on, _device(name, address, model="PCW 150"))


def _racks() -> Iterator[Item]:
    for hall in HALLS:
        for number in range(1, 5):
            cooling = f"crah-{hall}{1 if number < 3 else 2}"
            on = _on("hosted_on", f"hall-{hall}") + _on("depends_on", f"pdu-{hall}1 pdu-{hall}2 {cooling}")
            yield Item(f"rack-{hall}{number:02d}", "rack", "high", FACILITIES, on, {"units": "47"})


def _network() -> Iterator[Item]:
    for number, hall in (("1", "a"), ("2", "b")):
        rack = _on("hosted_on", f"rack-{hall}01")
        last = int(number)
        yield Item(f"edge-router-{number}", "router", "critical", NETWORK, rack,
                   _device(f"edge-router-{number}", 60 + last, model="MX204", carrier=f"Carrier {number}"))  # fmt: skip
        yield Item(f"core-switch-{number}", "switch", "critical", NETWORK,
                   rack + _on("connects_to", f"edge-router-{number}"),
                   _device(f"core-switch-{number}", 62 + last, model="7280R3"))  # fmt: skip
        yield Item(f"firewall-{number}", "firewall", "critical", NETWORK,
                   rack + _on("connects_to", f"core-switch-{number}"),
                   _device(f"firewall-{number}", 64 + last, model="PA-5410"))  # fmt: skip
        yield Item(f"load-balancer-{number}", "load-balancer", "critical", NETWORK,
                   rack + _on("depends_on", f"firewall-{number}"),
                   _device(f"load-balancer-{number}", 66 + last, model="R4800"))  # fmt: skip
    for hall in HALLS:
        for place in (1, 2):
            name = f"leaf-{hall}{place}"
            on = _on("hosted_on", f"rack-{hall}0{place}") + _on("connects_to", "core-switch-1 core-switch-2")
            address = 70 + HALLS.index(hall) * 2 + place
            yield Item(name, "switch", "high", NETWORK, on, _device(name, address, model="7050X3"))
    yield Item("management-switch", "switch", "medium", NETWORK, _on("hosted_on", "rack-a01"),
               _device("management-switch", 79, model="2960X"))  # fmt: skip


def _storage() -> Iterator[Item]:
    for hall, number in (("a", 1), ("b", 2)):
        fabric = f"san-switch-{number}"
        yield Item(fabric, "switch", "high", PLATFORM, _on("hosted_on", f"rack-{hall}04"),
                   _device(fabric, 80 + number, model="G720"))  # fmt: skip
        yield Item(f"san-{hall}", "storage-array", "critical", PLATFORM,
                   _on("hosted_on", f"rack-{hall}04") + _on("connects_to", fabric),
                   _device(f"san-{hall}", 82 + number, model="FlashArray X50", capacity="184 TiB"))  # fmt: skip
    yield Item("object-store", "storage-array", "high", PLATFORM,
               _on("hosted_on", "rack-b04") + _on("connects_to", "leaf-b2"), _device("object-store", 87))  # fmt: skip
    yield Item("backup-01", "server", "medium", PLATFORM, _on("hosted_on", "rack-b04") + _on("uses", "object-store"),
               _device("backup-01", 88, model="R760xd2"))  # fmt: skip


def _hypervisors() -> Iterator[Item]:
    for hall in HALLS:
        for number in range(1, 7):
            name = f"hv-{hall}{number:02d}"
            rack, leaf = (2, 1) if number < 4 else (3, 2)
            on = (
                _on("hosted_on", f"rack-{hall}{rack:02d}")
                + _on("connects_to", f"leaf-{hall}{leaf}")
                + _on("uses", f"san-{hall}")
            )
            address = 100 + HALLS.index(hall) * 10 + number
            yield Item(name, "hypervisor", "high", PLATFORM, on,
                       _device(name, address, model="R660", cores="64", memory="1 TiB"))  # fmt: skip


# Machine, the hypervisor that runs it, its team and its criticality.
_MACHINES: tuple[tuple[str, str, str, str], ...] = (
    ("storefront-01", "hv-a01", PAYMENTS, "high"),
    ("storefront-02", "hv-b01", PAYMENTS, "high"),
    ("storefront-03", "hv-b04", PAYMENTS, "high"),
    ("checkout-01", "hv-a02", PAYMENTS, "critical"),
    ("checkout-02", "hv-b02", PAYMENTS, "critical"),
    ("checkout-03", "hv-b03", PAYMENTS, "critical"),
    ("payments-01", "hv-a03", PAYMENTS, "critical"),
    ("payments-02", "hv-b03", PAYMENTS, "critical"),
    ("orders-01", "hv-a04", PAYMENTS, "high"),
    ("orders-02", "hv-b04", PAYMENTS, "high"),
    ("catalogue-01", "hv-a05", PLATFORM, "high"),
    ("catalogue-02", "hv-b05", PLATFORM, "high"),
    ("search-01", "hv-a06", PLATFORM, "medium"),
    ("search-02", "hv-b06", PLATFORM, "medium"),
    ("identity-01", "hv-a01", PLATFORM, "critical"),
    ("identity-02", "hv-b01", PLATFORM, "critical"),
    ("kafka-01", "hv-a02", PLATFORM, "high"),
    ("kafka-02", "hv-b02", PLATFORM, "high"),
    ("kafka-03", "hv-b05", PLATFORM, "high"),
    ("session-cache-01", "hv-a03", PLATFORM, "high"),
    ("session-cache-02", "hv-b06", PLATFORM, "high"),
    ("db-01", "hv-a04", DATABASES, "critical"),
    ("db-02", "hv-b03", DATABASES, "critical"),
    ("db-03", "hv-a05", DATABASES, "high"),
    ("db-04", "hv-b04", DATABASES, "high"),
    ("warehouse-01", "hv-a06", DATABASES, "medium"),
    ("dns-01", "hv-a01", NETWORK, "critical"),
    ("dns-02", "hv-b01", NETWORK, "critical"),
    ("mail-relay-01", "hv-a06", PLATFORM, "medium"),
    ("prometheus-01", "hv-a05", PLATFORM, "high"),
    ("prometheus-02", "hv-b05", PLATFORM, "high"),
    ("log-store-01", "hv-b06", PLATFORM, "medium"),
    ("ci-runner-01", "hv-a06", PLATFORM, "low"),
    ("ci-runner-02", "hv-b06", PLATFORM, "low"),
    ("bastion-01", "hv-a01", NETWORK, "medium"),
    ("portal-01", "hv-a03", DESK, "medium"),
)


def _machines() -> Iterator[Item]:
    for number, (name, host, team, criticality) in enumerate(_MACHINES, start=1):
        yield Item(name, "virtual-machine", criticality, team, _on("runs_on", host),
                   _device(name, 130 + number, os="Debian 12"))  # fmt: skip


def _databases() -> Iterator[Item]:
    databases = (
        ("orders-db", "db-01", "critical", "PostgreSQL 16", ""),
        ("orders-db-replica", "db-02", "high", "PostgreSQL 16", "orders-db"),
        ("payments-db", "db-02", "critical", "PostgreSQL 16", ""),
        ("identity-db", "db-03", "critical", "PostgreSQL 16", ""),
        ("catalogue-db", "db-04", "high", "PostgreSQL 16", ""),
        ("warehouse", "warehouse-01", "medium", "ClickHouse 24", ""),
    )
    for name, machine, criticality, engine, primary in databases:
        on = _on("runs_on", machine) + (_on("depends_on", primary) if primary else ())
        yield Item(name, "database", criticality, DATABASES, on, {"engine": engine})


# Service, criticality, team, the machines it runs on, and what else it uses.
_SERVICES: tuple[tuple[str, str, str, str, str], ...] = (
    ("dns", "critical", NETWORK, "dns-01 dns-02", "core-switch-1 core-switch-2"),
    ("identity", "critical", PLATFORM, "identity-01 identity-02", "identity-db session-cache dns"),
    ("event-bus", "high", PLATFORM, "kafka-01 kafka-02 kafka-03", ""),
    ("payments", "critical", PAYMENTS, "payments-01 payments-02", "payments-db event-bus identity"),
    ("orders", "critical", PAYMENTS, "orders-01 orders-02", "orders-db orders-db-replica event-bus"),
    ("catalogue", "high", PLATFORM, "catalogue-01 catalogue-02", "catalogue-db object-store"),
    ("search", "medium", PLATFORM, "search-01 search-02", "catalogue"),
    ("checkout", "critical", PAYMENTS, "checkout-01 checkout-02 checkout-03", "payments orders session-cache"),
    ("storefront", "critical", PAYMENTS, "storefront-01 storefront-02 storefront-03",
     "load-balancer-1 load-balancer-2 checkout catalogue search identity"),
    ("reporting", "medium", DATABASES, "warehouse-01", "warehouse orders-db-replica"),
    ("monitoring", "high", PLATFORM, "prometheus-01 prometheus-02 log-store-01", ""),
    ("email", "medium", PLATFORM, "mail-relay-01", "dns"),
    ("backup", "medium", PLATFORM, "", "backup-01 object-store"),
    ("remote-access", "medium", NETWORK, "bastion-01", "firewall-1 identity"),
    ("customer-portal", "medium", DESK, "portal-01", "identity load-balancer-2"),
)  # fmt: skip


def _services() -> Iterator[Item]:
    yield Item("session-cache", "cache", "high", PLATFORM, _on("runs_on", "session-cache-01 session-cache-02"),
               {"engine": "Valkey 8"})  # fmt: skip
    for name, criticality, team, machines, uses in _SERVICES:
        yield Item(name, "service", criticality, team, _on("runs_on", machines) + _on("depends_on", uses))


def _staging() -> Iterator[Item]:
    for number, host in ((1, "hv-a06"), (2, "hv-b06")):
        name = f"staging-{number:02d}"
        yield Item(
            name, "virtual-machine", "low", PLATFORM, _on("runs_on", host), _device(name, 170 + number), "staging"
        )
    yield Item("staging-db", "database", "low", DATABASES, _on("runs_on", "staging-02"), {}, "staging")
    yield Item("staging-storefront", "service", "low", PLATFORM,
               _on("runs_on", "staging-01") + _on("uses", "staging-db"), {}, "staging")  # fmt: skip


def _device(name: str, last: int, **further: str) -> dict[str, str]:
    return {"hostname": name, "fqdn": f"{name}.{DOMAIN}", "ip": f"10.41.{last // 200}.{last % 200}", **further}


QUAYSIDE_TEAM = "Operations"


def quayside() -> list[Item]:
    """The second organisation's few items: enough to see that nothing of it shows in the first."""

    def item(name: str, kind: str, criticality: str, on: Iterable[tuple[str, str]] = ()) -> Item:
        return Item(name, kind, criticality, QUAYSIDE_TEAM, tuple(on), {"hostname": name})

    return [
        item("quay-1", "datacenter", "critical"),
        item("ups-1", "ups", "critical", _on("member_of", "quay-1")),
        item("chiller-1", "chiller", "high", _on("uses", "ups-1")),
        item("row-1", "rack", "high", _on("depends_on", "ups-1 chiller-1")),
        item("edge-1", "router", "critical", _on("hosted_on", "row-1")),
        item("switch-1", "switch", "high", _on("hosted_on", "row-1") + _on("connects_to", "edge-1")),
        item("host-1", "hypervisor", "high", _on("hosted_on", "row-1") + _on("connects_to", "switch-1")),
        item("host-2", "hypervisor", "high", _on("hosted_on", "row-1") + _on("connects_to", "switch-1")),
        item("billing-vm", "virtual-machine", "medium", _on("runs_on", "host-1")),
        item("billing-db", "database", "high", _on("runs_on", "host-2")),
        item("billing", "service", "high", _on("runs_on", "billing-vm") + _on("depends_on", "billing-db")),
        item("customer-access", "service", "critical", _on("depends_on", "edge-1 switch-1")),
    ]
