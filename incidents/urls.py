"""The addresses of the incident pages."""

from django.urls import path

from incidents.views import clocks, create, deeds, detail, listing, on_item, sparks, tabs

app_name = "incidents"

urlpatterns = [
    path("incidents", listing.incident_list, name="list"),
    path("incidents/changes", listing.changes, name="changes"),
    path("incidents/sparks", sparks.sparks, name="sparks"),
    path("incidents/export.csv", listing.export, name="export"),
    path("incidents/bulk", deeds.bulk, name="bulk"),
    path("incidents/new", create.NewIncident.as_view(), name="new"),
    path("incidents/new/hints", create.hints, name="new-hints"),
    path("cis/<uuid:pk>/incidents", on_item.incidents_on, name="on-item"),
    path("incidents/<str:ref>", detail.detail, name="detail"),
    path("incidents/<str:ref>/act", detail.deeds, name="act"),
    path("incidents/<str:ref>/do", deeds.act, name="do"),
    path("incidents/<str:ref>/around", detail.around, name="around"),
    path("incidents/<str:ref>/why", clocks.why, name="why"),
    path("incidents/<str:ref>/verified", detail.verified, name="verified"),
    path("incidents/<str:ref>/pulse", detail.pulse, name="pulse"),
    path("incidents/<str:ref>/signals/<uuid:pk>", tabs.signal, name="signal"),
]
