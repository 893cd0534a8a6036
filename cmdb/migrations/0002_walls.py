"""Database triggers: history is append-only, and nothing points across organisations."""

from django.db import migrations

from cmdb.same_organisation import SameOrganisation
from timeline.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("cmdb", "0001_configuration_items")]

    operations = [
        AppendOnly("ConfigurationItemChange"),
        SameOrganisation("ConfigurationItem", "owner_team"),
        SameOrganisation("Dependency", "dependent"),
        SameOrganisation("Dependency", "dependency"),
        SameOrganisation("LookupKey", "ci"),
        SameOrganisation("ConfigurationItemChange", "ci"),
    ]
