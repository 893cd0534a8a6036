"""The addresses of signing in and of what a person prefers."""

from django.urls import path

from orgs import password_page, views

urlpatterns = [
    path("sign-in", views.SignIn.as_view(), name="sign-in"),
    path("choose-password/<str:uid>/<str:token>", password_page.ChoosePassword.as_view(), name="choose-password"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("switch-organisation", views.switch_organisation, name="switch-organisation"),
    path("preferences", views.preferences, name="preferences"),
    path("keyboard", views.keyboard, name="keyboard"),
]
