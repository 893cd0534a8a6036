"""Freezes and their append-only history, kept within one organisation by the database."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from cmdb.same_organisation import SameOrganisation
from timeline.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("changes", "0002_append_only_events"),
        ("cmdb", "0002_walls"),
        ("orgs", "0001_organisations_people_keys"),
        ("timeline", "0001_append_only_checkpoints"),
    ]

    operations = [
        migrations.CreateModel(
            name="Freeze",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                (
                    "hardness",
                    models.CharField(
                        choices=[("hard", "Hard: nothing is changed"), ("soft", "Soft: think twice")],
                        default="hard",
                        max_length=4,
                    ),
                ),
                ("reason", models.TextField()),
                ("everything", models.BooleanField(default=False)),
                ("cis", models.JSONField(blank=True, default=list)),
                ("services", models.JSONField(blank=True, default=list)),
                ("kinds", models.JSONField(blank=True, default=list)),
                ("environments", models.JSONField(blank=True, default=list)),
                ("starts_at", models.DateTimeField(blank=True, null=True)),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                ("recurrence", models.JSONField(blank=True, null=True)),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                (
                    "ended_at",
                    models.DateTimeField(blank=True, help_text="When somebody ended it before its time.", null=True),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orgs.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "freeze",
                "ordering": ("name", "id"),
            },
        ),
        migrations.CreateModel(
            name="FreezeChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                (
                    "action",
                    models.CharField(
                        choices=[("created", "Created"), ("edited", "Edited"), ("ended", "Ended")], max_length=7
                    ),
                ),
                ("changes", models.JSONField()),
                ("reason", models.TextField()),
                (
                    "actor_kind",
                    models.CharField(
                        choices=[
                            ("user", "User"),
                            ("api_key", "API key"),
                            ("integration", "Integration"),
                            ("system", "System"),
                        ],
                        max_length=12,
                    ),
                ),
                ("actor_ref", models.CharField(max_length=200)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("recorded_at", models.DateTimeField()),
                (
                    "freeze",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="history", to="changes.freeze"
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orgs.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of a freeze",
                "verbose_name_plural": "changes of freezes",
                "ordering": ("-version",),
            },
        ),
        migrations.AddIndex(
            model_name="freeze",
            index=models.Index(fields=["org", "ends_at", "starts_at"], name="changes_freeze_by_end"),
        ),
        migrations.AddConstraint(
            model_name="freeze",
            constraint=models.CheckConstraint(
                condition=models.Q(("hardness__in", ["hard", "soft"])), name="changes_freeze_hardness"
            ),
        ),
        migrations.AddConstraint(
            model_name="freeze",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("starts_at__isnull", True),
                    ("ends_at__isnull", True),
                    ("ends_at__gte", models.F("starts_at")),
                    _connector="OR",
                ),
                name="changes_freeze_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="freezechange",
            constraint=models.UniqueConstraint(
                fields=("freeze", "version"), name="changes_freeze_change_version_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="freezechange",
            constraint=models.CheckConstraint(
                condition=models.Q(("action__in", ["created", "edited", "ended"])), name="changes_freeze_change_action"
            ),
        ),
        AppendOnly("FreezeChange"),
        SameOrganisation("FreezeChange", "freeze"),
    ]
