"""The WSGI application that gunicorn serves."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm_site.settings")

application = get_wsgi_application()
# All views and what they import: a process that is ready lets nobody wait for that.
import_module(settings.ROOT_URLCONF)
