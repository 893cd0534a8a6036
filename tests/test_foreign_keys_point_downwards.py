"""Foreign keys follow the order of the apps, which an import linter cannot see through their string references."""

import pytest
from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey

LEVELS = {
    "orgs": 0,
    "cmdb": 1,
    "timeline": 1,
    "changes": 2,
    "incidents": 2,
    "problems": 3,
    "integrations": 4,
    "api": 5,
    "itsm_site": 6,
}
OURS = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in LEVELS]
RELATIONS = [
    (model, field)
    for model in OURS
    for field in model._meta.get_fields()
    if field.is_relation and not field.auto_created and getattr(field, "related_model", None)
]


@pytest.mark.parametrize(("model", "field"), RELATIONS, ids=lambda value: str(value).split("'")[-2:][0])
def test_it_points_to_its_own_app_or_a_lower_one(model, field):
    own, other = model._meta.app_label, field.related_model._meta.app_label
    assert other == own or LEVELS.get(other, -1) < LEVELS[own], f"{model.__name__}.{field.name} points up to {other}"


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_no_key_is_generic(model):
    assert not [field for field in model._meta.get_fields() if isinstance(field, GenericForeignKey)]


@pytest.mark.parametrize("label", ["timeline"])
def test_these_have_no_tables_yet(label):
    assert not [model for model in OURS if model._meta.app_label == label]
