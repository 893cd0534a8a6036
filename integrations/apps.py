"""Django's registration of the integrations app."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """Other systems: alert intake now, tickets and notifications later."""

    name = "integrations"
    verbose_name = "Integrations"
    default_auto_field = "django.db.models.BigAutoField"
