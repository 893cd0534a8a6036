"""Django's registration of the changes app."""

from django.apps import AppConfig


class ChangesConfig(AppConfig):
    """Changes, how they are approved, and what they might collide with."""

    name = "changes"
    verbose_name = "Changes"
    default_auto_field = "django.db.models.BigAutoField"
