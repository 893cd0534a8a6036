"""Organisations and how they are divided: projects and teams."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from orgs.tenancy import OrgScoped


class Organisation(models.Model):
    """A tenant. Nothing of one organisation is visible to another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name


class Project(OrgScoped):
    """A part of an organisation that incidents can be filed under (seed 004's ``projectId``)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=63)
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ("slug",)
        constraints = (models.UniqueConstraint(fields=("org", "slug"), name="orgs_project_slug_unique"),)

    def __str__(self) -> str:
        return self.name


class Team(OrgScoped):
    """A group of people that owns configuration items and works on incidents."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=63)
    name = models.CharField(max_length=200)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="orgs.TeamMember", related_name="teams")

    class Meta:
        ordering = ("slug",)
        constraints = (models.UniqueConstraint(fields=("org", "slug"), name="orgs_team_slug_unique"),)

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """One person in one team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("team", "user"), name="orgs_team_member_unique"),)

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"
