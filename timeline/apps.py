"""Django's registration of the event-log mechanism."""

from django.apps import AppConfig


class TimelineConfig(AppConfig):
    """The mechanism of the ledger; its tables live with the apps that own the records."""

    name = "timeline"
    verbose_name = "Timeline"
