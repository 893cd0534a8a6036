"""The stories that the demonstration's alerts tell: a failure, its consequences, the way back; and daily noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from itsm_site.demo.alertmanager import CRITICAL, HIGH, INFO, WARNING, Alert, alert_on


@dataclass(frozen=True)
class Beat:
    """Something that happens ``after`` seconds: an alert begins or ends."""

    after: float
    alert: Alert
    fires: bool = True


@dataclass(frozen=True)
class Act:
    """One story with its title as people read it in the terminal, its beats in order."""

    title: str
    beats: tuple[Beat, ...]

    @property
    def length(self) -> float:
        """Seconds from the first to the last beat."""
        return max(beat.after for beat in self.beats)


def _arc(title: str, *steps: tuple[float, float, Alert]) -> Act:
    """An act from (begins after, ends after, alert), both in seconds."""
    beats = [Beat(begins, alert) for begins, _, alert in steps]
    beats += [Beat(ends, alert, fires=False) for _, ends, alert in steps]
    return Act(title, tuple(sorted(beats, key=lambda beat: beat.after)))


def cooling(chance: Random) -> Act:
    """A cooling unit fails; racks warm up, hypervisors throttle, a database slows down, checkout pages."""
    hall, unit = chance.choice(("a1", "a2", "b1", "b2")), chance.randint(3, 9)
    room = hall[0]
    racks = (f"rack-{room}01", f"rack-{room}02") if hall[1] == "1" else (f"rack-{room}03", f"rack-{room}04")
    hosts = (f"hv-{room}02", f"hv-{room}03") if hall[1] == "1" else (f"hv-{room}04", f"hv-{room}05")
    database = {"a": "orders-db", "b": "payments-db"}[room]
    heat, slow = f"cooling/crah-{hall}", f"database/{database}"
    warm, above = f"Inlet air is {26 + unit} °C; the limit is 27.", "inlet air above 27 °C"
    return _arc(
        f"crah-{hall} fails: hall {room.upper()} warms up until checkout feels it",
        (0, 120, alert_on("CoolingUnitFailed", f"crah-{hall}", HIGH, f"crah-{hall}: fans stopped",
                          "Supply air is no longer cooled. The neighbouring unit takes over a part.", cause=heat)),
        (14, 165, alert_on("InletTemperatureHigh", racks[0], WARNING, f"{racks[0]}: {above}", warm, cause=heat)),
        (22, 170, alert_on("InletTemperatureHigh", racks[1], WARNING, f"{racks[1]}: {above}", warm, cause=heat)),
        (36, 175, alert_on("CpuThermalThrottling", hosts[0], HIGH, f"{hosts[0]} throttles its processors",
                           "The processors run at 60 % of their clock.", cause=f"heat/{racks[1]}")),
        (43, 180, alert_on("CpuThermalThrottling", hosts[1], HIGH, f"{hosts[1]} throttles its processors",
                           "The processors run at 55 % of their clock.", cause=f"heat/{racks[1]}")),
        (62, 195, alert_on("DatabaseLatencyHigh", database, HIGH, f"{database}: commits take {unit * 90} ms",
                           "The 99th percentile of commits is ten times its usual value.", cause=slow)),
        (78, 205, alert_on("CheckoutErrorRateHigh", "checkout-03", CRITICAL, f"checkout: {unit}.4 % of requests fail",
                           "Buyers see an error after they confirm the order.", cause="checkout/errors", service="checkout")),
    )  # fmt: skip


def power(chance: Random) -> Act:
    """A feed dips, the load goes to battery, and the generator takes it."""
    hall = chance.choice("ab")
    number, minutes = {"a": "1", "b": "2"}[hall], chance.randint(6, 9)
    cause = f"power/ups-{hall}"
    return _arc(
        f"utility-feed-{number} dips: ups-{hall} goes to battery",
        (0, 95, alert_on("UpsOnBattery", f"ups-{hall}", CRITICAL, f"ups-{hall} runs on battery: {minutes} minutes left",
                         "Input voltage left its window.", cause=cause)),
        (9, 100, alert_on("UtilityVoltageLow", f"utility-feed-{number}", WARNING,
                          f"utility-feed-{number}: voltage 14 % low", "Two of three phases are low.", cause=cause)),
        (20, 80, alert_on("GeneratorStartSlow", f"generator-{number}", HIGH, f"generator-{number} starts late",
                          "The first start was aborted by the controller.", cause=cause)),
        (38, 110, alert_on("PduRedundancyLost", f"pdu-{hall}1", WARNING, f"pdu-{hall}1 has one source only",
                           "Racks behind it would go dark with the next fault.", cause=cause)),
    )  # fmt: skip


def transit(chance: Random) -> Act:
    """A carrier's link flaps; names resolve slowly and the shop with them."""
    number, flaps = chance.choice("12"), chance.randint(8, 40)
    cause = f"transit/edge-router-{number}"
    return _arc(
        f"edge-router-{number} loses its carrier on and off",
        (0, 130, alert_on("BgpSessionFlapping", f"edge-router-{number}", HIGH,
                          f"edge-router-{number}: transit session changed {flaps} times",
                          "Routes come and go; traffic takes the long way.", cause=cause)),
        (18, 120, alert_on("InterfaceErrors", f"edge-router-{number}", WARNING,
                           f"edge-router-{number}: input errors to the carrier", "Light is 6 dB low.", cause=cause)),
        (34, 125, alert_on("DnsLatencyHigh", f"dns-0{number}", HIGH, f"dns-0{number}: answers take {flaps * 20} ms",
                           "Forwarders outside are slow to reach.", cause=f"dns/dns-0{number}", service="dns")),
        (60, 140, alert_on("StorefrontLatencyHigh", f"storefront-0{number}", HIGH,
                           f"storefront: pages take {2 + flaps / 10:.1f} s",
                           "The 95th percentile of page loads.", cause="storefront/latency", service="storefront")),
    )  # fmt: skip


def storage(chance: Random) -> Act:
    """An array slows down and everything on it waits."""
    hall, latency = chance.choice("ab"), chance.randint(16, 60)
    machines = {"a": ("orders-01", "session-cache-01"), "b": ("orders-02", "search-02")}[hall]
    cause = f"storage/san-{hall}"
    return _arc(
        f"san-{hall} writes slowly: machines of hall {hall.upper()} wait for their disks",
        (0, 150, alert_on("StorageWriteLatencyHigh", f"san-{hall}", HIGH, f"san-{hall}: writes take {latency} ms",
                          "Usually they take less than one.", cause=cause)),
        (16, 140, alert_on("IoWaitHigh", machines[0], WARNING, f"{machines[0]} waits for its disk",
                           "40 % of the time.", cause=cause)),
        (24, 145, alert_on("IoWaitHigh", machines[1], WARNING, f"{machines[1]} waits for its disk",
                           "35 % of the time.", cause=cause)),
        (55, 160, alert_on("OrdersBacklog", machines[0], HIGH, f"orders: {latency * 12} orders wait",
                           "Confirmations go out late.", cause="orders/backlog", service="orders")),
    )  # fmt: skip


def release(chance: Random) -> Act:
    """A release goes wrong, is rolled back, and for a moment it looks worse than it is."""
    service, machine = chance.choice(
        (("checkout", "checkout-01"), ("payments", "payments-01"), ("identity", "identity-02"), ("search", "search-01"))
    )
    failing = chance.randint(3, 28)
    cause, weight = f"release/{service}", WARNING if service == "search" else CRITICAL
    return _arc(
        f"a release of {service} goes wrong and is rolled back",
        (0, 70, alert_on("ErrorRateHigh", machine, weight, f"{service}: {failing} % of requests fail",
                         "Errors began with the release two minutes ago.", cause=cause, service=service)),
        (10, 75, alert_on("LatencyHigh", machine, HIGH, f"{service}: answers take {failing / 4:.1f} s",
                          "The 99th percentile.", cause=cause, service=service)),
        # It comes back once, while caches warm up: the incident that was mitigated is taken up again.
        (130, 160, alert_on("ErrorRateHigh", machine, weight, f"{service}: {failing} % of requests fail",
                            "Errors began with the release two minutes ago.", cause=cause, service=service)),
    )  # fmt: skip


ACTS: tuple[Callable[[Random], Act], ...] = (cooling, release, transit, storage, power)
"""The first is the one that a newcomer sees first."""

# Rule, configuration items, severity, summary.
_NOISE: tuple[tuple[str, str, str, str], ...] = (
    (
        "FilesystemWillFill",
        "log-store-01 prometheus-01 kafka-02 mail-relay-01",
        WARNING,
        "{ci}: /var is full in 9 hours",
    ),
    ("PduPhaseLoadHigh", "pdu-a1 pdu-a2 pdu-b1 pdu-b2", WARNING, "{ci}: phase L2 above 80 % of its breaker"),
    ("BackupTooOld", "warehouse catalogue-db identity-db", WARNING, "{ci}: last backup is 26 hours old"),
    ("MemoryErrorsCorrectable", "hv-a02 hv-a06 hv-b01 hv-b05", WARNING, "{ci}: correctable memory errors"),
    ("TimeOffsetHigh", "bastion-01 search-02 catalogue-01 portal-01", INFO, "{ci}: clock is off by 80 ms"),
    ("CertificateExpiresSoon", "customer-portal email remote-access", INFO, "{ci}: certificate expires in 13 days"),
    ("RackDoorOpen", "rack-a02 rack-a04 rack-b01 rack-b03", INFO, "{ci}: rear door open for six minutes"),
    ("ReplicationLag", "orders-db-replica", WARNING, "{ci}: replication is 4 minutes behind"),
    ("CiQueueLong", "ci-runner-01 ci-runner-02", INFO, "{ci}: 40 jobs wait"),
    ("FanSpeedHigh", "leaf-a1 leaf-b2 core-switch-1 san-switch-2", INFO, "{ci}: fans above 80 %"),
    ("MailQueueHigh", "mail-relay-01", WARNING, "{ci}: queue above 2,000"),
    ("PacketDrops", "leaf-a2 leaf-b1 load-balancer-2", WARNING, "{ci}: two in a thousand packets dropped"),
)


def noise(chance: Random) -> Alert:
    """One of the small things that are always there; none of them opens an incident."""
    rule, items, severity, summary = chance.choice(_NOISE)
    ci = chance.choice(items.split())
    return alert_on(rule, ci, severity, summary.replace("{ci}", ci), "Nothing that anybody has to get up for.")
