"""The roles that a membership or an API key may hold."""

from django.db import models


class Role(models.TextChoices):
    """The six roles; what each may do stands in ``orgs.policy``."""

    VIEWER = "VIEWER", "Viewer"
    MEMBER = "MEMBER", "Member"
    ONCALL_ENGINEER = "ONCALL_ENGINEER", "On-call engineer"
    SRE_LEAD = "SRE_LEAD", "SRE lead"
    CHANGE_APPROVER = "CHANGE_APPROVER", "Change approver"
    ORG_ADMIN = "ORG_ADMIN", "Organisation administrator"
