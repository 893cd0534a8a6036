"""The list of configuration items leads to the import whoever may use it, and nobody else."""

import pytest
from django.test import Client
from django.urls import reverse

from orgs.roles import Role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "staff", "offered"),
    [(Role.ORG_ADMIN, True, True), (Role.ORG_ADMIN, False, False), (Role.MEMBER, True, False)],
)
def test_the_import_is_offered_to_whoever_may_use_it(user_with, role, staff, offered):
    person = user_with(role)
    person.is_staff = staff
    person.save()
    client = Client()
    client.force_login(person)
    address = reverse("admin:cmdb_configurationitem_import")
    assert (f'href="{address}"' in client.get("/cis").content.decode()) is offered
    assert (client.get(address).status_code == 200) is offered
