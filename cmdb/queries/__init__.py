"""What can be read of configuration items; every function works inside ``org_scope`` and sees one organisation."""

from cmdb.queries.graph import Edge, edges_among
from cmdb.queries.impact import Impact, ImpactNode, impact, impact_summary
from cmdb.queries.items import (
    ORDERINGS,
    CIFilter,
    dependencies_of,
    find_ci,
    history_of,
    list_cis,
    matching,
    resolve_cis,
)
from cmdb.queries.names import match_names

__all__ = [
    "ORDERINGS",
    "CIFilter",
    "Edge",
    "Impact",
    "ImpactNode",
    "dependencies_of",
    "edges_among",
    "find_ci",
    "history_of",
    "impact",
    "impact_summary",
    "list_cis",
    "match_names",
    "matching",
    "resolve_cis",
]
