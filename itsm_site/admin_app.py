"""Django's registration of the admin with our own site in the place of its default one."""

from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    """The admin."""

    default_site = "itsm_site.admin_site.OpsledgerAdminSite"
