"""Backstage: entities are known by their reference, and only what they need is taken of their relations."""

import json

import pytest

from cmdb.imports import read


def entity(kind="Component", name="checkout-api", **members):
    metadata = {"namespace": "default", "name": name, "uid": "changes-on-reregistration", **members.pop("metadata", {})}
    return {"apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": {}, **members}


def batch_of(*entities, **members):
    return read("backstage", [json.dumps({"items": list(entities), **members}).encode()])


def only(*entities):
    (item,) = batch_of(*entities).items
    return item


def test_an_entity_is_known_by_its_reference_in_lower_case():
    assert only(entity("Component", "Checkout-API", metadata={"namespace": "Shop"})).external_id == (
        "component:shop/checkout-api"
    )


def test_the_title_is_its_name_and_the_name_an_alias():
    item = only(entity(metadata={"title": "Checkout API"}))
    assert (item.name, item.attributes["alias"]) == ("Checkout API", "checkout-api")
    assert only(entity()).name == "checkout-api"


def test_kind_environment_and_owner_come_from_the_spec():
    spec = {"type": "service", "lifecycle": "production", "owner": "group:default/payments-sre"}
    item = only(entity(spec=spec))
    assert (item.kind, item.environment, item.owner) == ("Component/service", "production", "payments-sre")


@pytest.mark.parametrize(
    ("metadata", "criticality"),
    [
        ({"tags": ["python", "tier-1"]}, "critical"),
        ({"tags": ["tier-3", "tier-2"]}, "high"),
        ({"tags": ["criticality-low"]}, "low"),
        ({"tags": ["3", "python"]}, None),
        ({"annotations": {"example.net/criticality": "high"}}, "high"),
        ({"annotations": {"example.net/tier": "2"}}, "high"),
        ({}, None),
    ],
)
def test_criticality_is_a_tag_or_an_annotation(metadata, criticality):
    assert only(entity(metadata=metadata)).criticality == criticality


def test_only_the_relations_to_what_it_needs_are_taken():
    relations = [
        {"type": "dependsOn", "targetRef": "resource:default/orders-db"},
        {"type": "partOf", "targetRef": "system:default/shop"},
        {"type": "ownedBy", "targetRef": "group:default/x"},
        {"type": "dependencyOf", "targetRef": "component:default/web"},
        {"type": "hasPart", "targetRef": "component:default/part"},
    ]
    found = batch_of(entity(relations=relations)).relations
    assert [(each.kind, each.dependency.external_id) for each in found] == [
        ("depends_on", "resource:default/orders-db"),
        ("member_of", "system:default/shop"),
    ]


def test_without_relations_the_spec_says_the_same():
    spec = {"dependsOn": ["resource:orders-db", "Component:shop/web"], "system": "shop"}
    found = batch_of(entity(spec=spec)).relations
    assert [(each.kind, each.dependency.external_id) for each in found] == [
        ("depends_on", "resource:default/orders-db"),
        ("depends_on", "component:shop/web"),
        ("member_of", "system:default/shop"),
    ]


def test_a_reference_that_is_none_is_told():
    batch = batch_of(entity(relations=[{"type": "dependsOn", "targetRef": "a/b/c"}]))
    assert (batch.relations, batch.faults[0].field) == ([], "relations")


def test_people_and_places_are_no_configuration_items():
    batch = batch_of(entity("Group", "sre"), entity("User", "eve"), entity("Location", "x"), entity("System", "shop"))
    assert [item.external_id for item in batch.items] == ["system:default/shop"]
    assert batch.faults == []


def test_a_list_and_a_single_entity_are_read_as_well():
    assert len(read("backstage", [json.dumps([entity()]).encode()]).items) == 1
    assert len(read("backstage", [json.dumps(entity()).encode()]).items) == 1


def test_one_bad_entity_does_not_lose_its_neighbours():
    batch = batch_of(entity(), "text", {"kind": "Component"}, {}, entity(name="other"))
    assert len(batch.items) == 2
    assert [fault.row for fault in batch.faults] == [2, 3, 4]


def test_a_page_knows_how_many_the_query_has():
    assert batch_of(entity(), totalItems=3).totals == {"": 3}


@pytest.mark.parametrize("odd", [7, "x", [], [7], {"a": 1}, None, True])
@pytest.mark.parametrize("member", ["spec", "relations"])
def test_members_of_another_shape_are_silence_not_a_crash(member, odd):
    assert only(entity(**{member: odd})).external_id == "component:default/checkout-api"


@pytest.mark.parametrize("odd", [7, "x", [], [7], {"a": 1}, None, True])
@pytest.mark.parametrize("member", ["tags", "annotations", "title", "description", "namespace"])
def test_metadata_of_another_shape_is_silence_not_a_crash(member, odd):
    assert len(batch_of(entity(metadata={member: odd})).items) == 1
