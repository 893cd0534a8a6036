"""Trouble at the second, smaller organisation."""

from itsm_site.demo.datacenter import QUAYSIDE_TEAM
from itsm_site.demo.troubles.trouble import Trouble

SMALL_SITE = (
    Trouble(
        title="{ci}: link to the carrier down",
        cis="edge-1",
        team=QUAYSIDE_TEAM,
        severities="P1 P2",
        service="customer-access",
        description="Customers lose their connection; the backup link carries a tenth of the traffic.",
        signals=("{ci} carrier link down",),
        hypotheses=("Road works at the corner of Dock Street.",),
        actions=(("CALL", "Called the carrier", "A fibre is cut; a splicer is on the way."),),
        cause="Road works cut the fibre on Dock Street.",
        fix="Fibre spliced; a second path is ordered.",
        alert="CarrierLinkDown",
        vendor="Carrier",
        weight=1,
    ),
    Trouble(
        title="{ci} warmer than usual",
        cis="row-1 chiller-1",
        team=QUAYSIDE_TEAM,
        severities="P3 P2",
        description="The row is {n} K warmer than yesterday at this hour.",
        signals=("{ci} temperature high",),
        hypotheses=("Filter is due.",),
        actions=(("FIELD_VISIT", "Changed the filter", "Back to normal after an hour."),),
        cause="A clogged filter.",
        fix="Filter changed; the next change is planned.",
        alert="RowTemperatureHigh",
        numbers=(2, 5),
    ),
    Trouble(
        title="Billing run stopped at customer {n}",
        cis="billing billing-db",
        team=QUAYSIDE_TEAM,
        severities="P3 P3 P4",
        service="billing",
        description="The monthly run ended early and wrote no error.",
        signals=(),
        hypotheses=("A customer without an address.",),
        actions=(("COMMAND", "Completed the address and started the run again", "All invoices are out."),),
        cause="A customer record without an address stopped the run.",
        fix="Run complete; addresses are required now.",
        numbers=(112, 980),
    ),
)
