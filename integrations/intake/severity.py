"""What senders call severe: their words and ours."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from incidents.states import Severity

UNKNOWN = str(Severity.P3)
"""What a word that nobody explained counts as."""

_WORDS = {
    Severity.P1: "critical crit page p0 p1 sev0 sev1 sev-1 sev1_critical fatal emergency emerg disaster",
    Severity.P2: "error err high major p2 sev2 sev-2 sev2_high failure",
    Severity.P3: "warning warn medium moderate average minor p3 sev3 sev-3 sev3_medium",
    Severity.P4: "info informational information low none notice debug ok success p4 p5 sev4 sev-4 sev5 sev4_low",
}
DEFAULT_SEVERITIES: Mapping[str, str] = {
    word: str(severity) for severity, words in _WORDS.items() for word in words.split()
}
"""Lower-case word to severity: the spellings of all sources together, since they do not contradict each other."""


def severity_of(word: str, overrides: Mapping[str, str] = MappingProxyType({})) -> tuple[str, bool]:
    """The severity that a sender's word means, and whether it was known. ``overrides`` win over the defaults."""
    key = word.strip().lower()
    found = overrides.get(key) or DEFAULT_SEVERITIES.get(key)
    return (found, True) if found else (UNKNOWN, False)
