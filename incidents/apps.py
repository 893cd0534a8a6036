"""Django's registration of the incidents app."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Incidents and everything that hangs on their streams."""

    name = "incidents"
    verbose_name = "Incidents"
    default_auto_field = "django.db.models.BigAutoField"
