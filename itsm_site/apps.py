"""Django's registration of the composition root, for its commands and system checks."""

from django.apps import AppConfig

from itsm_site.celery import app as celery_app

# The doorbell of any Django process publishes through this application.
__all__ = ["SiteConfig", "celery_app"]


class SiteConfig(AppConfig):
    """Settings, URLs, middleware, workers."""

    name = "itsm_site"
    verbose_name = "Opsledger"
