"""Every address of the site: the pages of each app, the API, the admin."""

from django.contrib import admin
from django.urls import include, path

from itsm_site import views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("navigation", views.navigation, name="navigation"),
    path("palette", views.palette, name="palette"),
    path("styleguide", views.styleguide, name="styleguide"),
    path("", include("orgs.urls")),
    path("", include("incidents.urls")),
    path("", include("cmdb.urls")),
    path("", include("integrations.urls")),
    path("", include("api.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "itsm_site.failures.bad_request"
handler403 = "itsm_site.failures.forbidden"
handler404 = "itsm_site.failures.not_found"
handler500 = "itsm_site.failures.server_error"
