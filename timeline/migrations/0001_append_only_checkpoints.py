"""Make the ledger's checkpoints append-only."""

from django.db import migrations

from timeline.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("orgs", "0001_organisations_people_keys")]

    operations = [AppendOnly("checkpoint", label="orgs")]
