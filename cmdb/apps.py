"""Django's registration of the configuration management app."""

from django.apps import AppConfig


class CmdbConfig(AppConfig):
    """Configuration items, their dependencies, impact and import."""

    name = "cmdb"
    verbose_name = "Configuration items"
    default_auto_field = "django.db.models.BigAutoField"
