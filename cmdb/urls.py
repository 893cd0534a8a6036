"""The addresses of the pages of configuration items."""

from django.urls import path

from cmdb import views

app_name = "cmdb"

urlpatterns = [
    path("cis", views.item_list, name="list"),
    path("cis/<uuid:pk>", views.item_detail, name="detail"),
]
