"""People: user accounts, what they may do in which organisation, and their sign-in attempts."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models

from orgs.tenancy import OrgScoped


class User(AbstractUser):
    """A person who can sign in. What they may do stands in their memberships."""

    use_local_time = models.BooleanField(default=False, help_text="Show times in the browser's zone, not UTC.")
    theme = models.CharField(
        max_length=6, default="system", choices=(("system", "System"), ("light", "Light"), ("dark", "Dark"))
    )
    shortcuts_enabled = models.BooleanField(default=True, help_text="Single-key keyboard shortcuts.")

    def display_name(self) -> str:
        """The full name where there is one, else the sign-in name."""
        return self.get_full_name() or self.username


class Membership(OrgScoped):
    """One person in one organisation, with a set of roles."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    roles = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("org", "user"), name="orgs_membership_unique"),)

    def __str__(self) -> str:
        return f"{self.user} in {self.org}"


class SignInAttempt(models.Model):
    """A counted window of sign-in attempts of one account; the limit holds across processes."""

    key = models.CharField(max_length=64, primary_key=True)
    window_started_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key[:8]}: {self.count}"
