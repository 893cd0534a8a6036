"""Django's registration of the organisations app."""

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    """Organisations, memberships, API keys and the policy table."""

    name = "orgs"
    verbose_name = "Organisations"
    default_auto_field = "django.db.models.BigAutoField"
