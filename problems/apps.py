"""Django's registration of the problems app."""

from django.apps import AppConfig


class ProblemsConfig(AppConfig):
    """Problems, known errors, and proposals of recurring incidents."""

    name = "problems"
    verbose_name = "Problems"
    default_auto_field = "django.db.models.BigAutoField"
