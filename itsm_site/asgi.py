"""The ASGI application, for servers that speak nothing else; WSGI was the faster one in trials."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm_site.settings")

application = get_asgi_application()
