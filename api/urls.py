"""Every address of the API."""

from django.urls import include, path

from api import documentation, metrics
from api.itsm import cis as itsm_cis
from api.itsm import incidents as itsm_incidents
from api.itsm import problems as itsm_problems
from api.orgs import incidents as org_incidents
from api.orgs import timeline as org_timeline
from api.v1 import alerts as v1_alerts
from api.v1 import health as v1_health
from api.v1 import incidents as v1_incidents
from api.v1 import intake as v1_intake
from api.v1 import webhooks as v1_webhooks

app_name = "api"

_ORG = "api/orgs/<str:org_id>/incidents"
_ONE = f"{_ORG}/<str:incident_id>"

urlpatterns = [
    path("itsm/incidents", itsm_incidents.Incidents.as_view(), name="itsm-incidents"),
    path("itsm/incidents/<str:incident_id>", itsm_incidents.OneIncident.as_view(), name="itsm-incident"),
    path("itsm/incidents/<str:incident_id>/resolve", itsm_incidents.Resolve.as_view(), name="itsm-incident-resolve"),
    path("itsm/problems", itsm_problems.Problems.as_view(), name="itsm-problems"),
    path("itsm/problems/<str:problem_id>", itsm_problems.OneProblem.as_view(), name="itsm-problem"),
    path(
        "itsm/problems/<str:problem_id>/workaround-uses",
        itsm_problems.WorkaroundUses.as_view(),
        name="itsm-problem-workaround-uses",
    ),
    path("itsm/known-errors", itsm_problems.KnownErrors.as_view(), name="itsm-known-errors"),
    path("itsm/cis", itsm_cis.ConfigurationItems.as_view(), name="itsm-cis"),
    path("itsm/cis/<str:ci_id>", itsm_cis.OneConfigurationItem.as_view(), name="itsm-ci"),
    path("itsm/cis/<str:ci_id>/impact", itsm_cis.Impact.as_view(), name="itsm-ci-impact"),
    path("api/v1/incidents", v1_incidents.Incidents.as_view(), name="v1-incidents"),
    path("api/v1/incidents/<str:incident_id>", v1_incidents.OneIncident.as_view(), name="v1-incident"),
    path("api/v1/incidents/<str:incident_id>/status", v1_incidents.Status.as_view(), name="v1-incident-status"),
    *v1_webhooks.urlpatterns,
    path("api/v1/alerts", v1_alerts.Alerts.as_view(), name="v1-alerts"),
    path("api/v1/alerts/<str:alert_id>", v1_alerts.OneAlert.as_view(), name="v1-alert"),
    path("api/v1/alerts/<str:alert_id>/promote", v1_alerts.Promote.as_view(), name="v1-alert-promote"),
    path("api/v1/intake", v1_intake.Items.as_view(), name="v1-intake"),
    path("api/v1/intake/<str:item_id>", v1_intake.OneItem.as_view(), name="v1-intake-item"),
    path("api/v1/intake/<str:item_id>/replay", v1_intake.Replay.as_view(), name="v1-intake-replay"),
    path("", include("api.v1.webhooks")),
    path("api/v1/health", v1_health.Report.as_view(), name="health"),
    path("api/v1/health/live", v1_health.Live.as_view(), name="health-live"),
    path("api/v1/health/ready", v1_health.Ready.as_view(), name="health-ready"),
    path(_ORG, org_incidents.Incidents.as_view(), name="org-incidents"),
    path(_ONE, org_incidents.OneIncident.as_view(), name="org-incident"),
    path(f"{_ONE}/status", org_incidents.Status.as_view(), name="org-incident-status"),
    path(f"{_ONE}/severity", org_incidents.Severity.as_view(), name="org-incident-severity"),
    path(f"{_ONE}/actions", org_timeline.Actions.as_view(), name="org-incident-actions"),
    path(f"{_ONE}/signals", org_timeline.Signals.as_view(), name="org-incident-signals"),
    path(f"{_ONE}/slo-violations", org_timeline.SloViolations.as_view(), name="org-incident-slo-violations"),
    path(f"{_ONE}/events", org_timeline.Events.as_view(), name="org-incident-events"),
    path(f"{_ONE}/related", org_timeline.Related.as_view(), name="org-incident-related"),
    path(f"{_ONE}/state", org_timeline.StateAt.as_view(), name="org-incident-state"),
    path("livez", v1_health.Live.as_view(), name="livez"),
    path("readyz", v1_health.Serving.as_view(), name="readyz"),
    path("health/deep", v1_health.Ready.as_view(), name="health-deep"),
    path("metrics", metrics.metrics, name="metrics"),
    path("api/schema", documentation.Schema.as_view(), name="schema"),
    path("api/docs", documentation.docs, name="docs"),
]
