import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, get_resolver, reverse

from orgs.admin_base import ReadOnlyAdmin
from orgs.models import Organisation, User
from orgs.roles import Role
from orgs.tenancy import OrgScoped

ADMINS = [pytest.param(model, it, id=model._meta.label) for model, it in admin.site._registry.items()]


@pytest.mark.parametrize(("model", "model_admin"), ADMINS)
def test_every_table_is_shown_by_the_shared_base(model, model_admin):
    assert isinstance(model_admin, ReadOnlyAdmin)
    assert model_admin.view_action, "an admin that names no action of the policy shows itself to nobody"


@pytest.mark.parametrize(("model", "model_admin"), ADMINS)
def test_no_row_can_be_edited_or_deleted(rf, model, model_admin, actor_with):
    request = rf.get("/")
    request.actor = actor_with(*Role.values)
    assert not model_admin.has_change_permission(request)
    assert not model_admin.has_delete_permission(request)
    assert "delete_selected" not in model_admin.get_actions(request)
    assert model_admin.list_editable == ()
    assert model_admin.list_max_show_all <= 200
    assert model_admin.show_full_result_count is False


@pytest.mark.parametrize(("model", "model_admin"), ADMINS)
def test_every_row_is_of_an_organisation(model, model_admin):
    """Or its admin says itself which rows are of the reader's."""
    own = model_admin.get_queryset.__func__.__qualname__ != "ReadOnlyAdmin.get_queryset"
    assert issubclass(model, OrgScoped) or (own and model in (Organisation, User))


@pytest.mark.parametrize(("model", "model_admin"), ADMINS)
def test_there_is_no_address_for_deletion(model, model_admin):
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_delete", args=["1"])


@pytest.mark.parametrize("name", ["view_on_site"])
def test_side_doors_are_walled_up(name):
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:{name}", args=["1", "1"])


def test_groups_and_permissions_are_not_there():
    labels = {model._meta.label for model in admin.site._registry}
    assert not {"auth.Group", "auth.Permission", "admin.LogEntry", "sessions.Session"} & labels


def test_a_form_sent_to_a_records_page_changes_nothing(desk, incident, fresh):
    response = desk(*Role.values).post(
        "incidents_incident_change", incident.pk, status="closed", title="Taken over", severity="P4", _save="Save"
    )
    assert response.status_code == 403
    assert (fresh(incident).status, fresh(incident).title) == ("open", "Checkout returns 502")


def test_fields_beyond_the_form_of_a_button_are_not_read(desk, incident, fresh):
    response = desk(*Role.values).do(incident, "acknowledge", status="closed", org_id="x", title="Taken over", seq="9")
    assert response.status_code == 302
    assert (fresh(incident).status, fresh(incident).title) == ("acknowledged", "Checkout returns 502")


def test_every_address_of_the_admin_is_guarded():
    unguarded = [
        str(pattern.pattern)
        for pattern in _patterns(get_resolver("itsm_site.urls").url_patterns)
        if pattern.name != "login" and not _is_guarded(pattern)
    ]
    assert not unguarded


def _patterns(patterns):
    for pattern in patterns:
        if getattr(pattern, "app_name", None) == "admin":
            yield from _leaves(pattern.url_patterns)


def _leaves(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _leaves(pattern.url_patterns)
        else:
            yield pattern


def _is_guarded(pattern):
    view = pattern.callback
    while view is not None:
        if getattr(view, "guarded_by_site", False) or hasattr(view, "admin_site") or hasattr(view, "model_admin"):
            return True
        view = getattr(view, "__wrapped__", None)
    return False
