"""The tables of configuration management."""

from cmdb.models.change import ConfigurationItemChange
from cmdb.models.dependency import Dependency
from cmdb.models.item import ConfigurationItem
from cmdb.models.lookup_key import LookupKey

__all__ = ["ConfigurationItem", "ConfigurationItemChange", "Dependency", "LookupKey"]
