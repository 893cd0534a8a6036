"""The addresses of the pages of the intake."""

from django.urls import path

from integrations.views import alerts, bodies

app_name = "integrations"

urlpatterns = [
    path("alerts", alerts.alert_list, name="alerts"),
    path("alerts/inbox", bodies.inbox_list, name="inbox"),
    path("alerts/inbox/<uuid:pk>", bodies.body_detail, name="body"),
    path("alerts/inbox/<uuid:pk>/replay", bodies.replay, name="replay"),
    path("alerts/<uuid:pk>", alerts.alert_detail, name="alert"),
    path("alerts/<uuid:pk>/promote", alerts.promote, name="promote"),
]
