"""The API as a Django application."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Gives the application its name."""

    name = "api"
    verbose_name = "API"
