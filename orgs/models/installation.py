"""Records of the installation itself: signs of life, periodic jobs that ran, and the seals over the ledger."""

from __future__ import annotations

from django.db import models

from orgs.tenancy import OrgScoped


class Heartbeat(models.Model):
    """The last useful work of one running part (RELIABILITY R28)."""

    component = models.CharField(max_length=40)
    instance = models.CharField(max_length=120)
    last_ok = models.DateTimeField()
    progress = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("component", "instance"), name="orgs_heartbeat_component_instance"),
        )

    def __str__(self) -> str:
        return f"{self.component} on {self.instance}"


class PeriodicRun(models.Model):
    """One time slot of one periodic job: whoever inserts the row runs it, so that two schedulers run it once."""

    job = models.CharField(max_length=80)
    slot = models.BigIntegerField(help_text="Seconds since 1970 divided by the job's period.")
    started_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("job", "slot"), name="orgs_periodic_run_once"),)

    def __str__(self) -> str:
        return f"{self.job} {self.slot}"


class Checkpoint(OrgScoped):
    """A seal over the heads of an organisation's records; it finds what a chain alone cannot: a cut-off tail."""

    number = models.PositiveBigIntegerField()
    sealed_at = models.DateTimeField()
    heads = models.JSONField(help_text="Records changed since the seal before: id to [kind, seq, hash].")
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("org", "number"), name="orgs_checkpoint_number"),)

    def __str__(self) -> str:
        return f"Checkpoint {self.number}"
