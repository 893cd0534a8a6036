"""What goes wrong at the demonstration's organisations: one file for each part of the house."""

from itsm_site.demo.troubles.facility import FACILITY
from itsm_site.demo.troubles.network import NETWORKING
from itsm_site.demo.troubles.platform import HARDWARE
from itsm_site.demo.troubles.quayside import SMALL_SITE
from itsm_site.demo.troubles.services import SERVICES
from itsm_site.demo.troubles.trouble import Trouble

ALL: tuple[Trouble, ...] = (*FACILITY, *NETWORKING, *HARDWARE, *SERVICES)

__all__ = ["ALL", "SMALL_SITE", "Trouble"]
