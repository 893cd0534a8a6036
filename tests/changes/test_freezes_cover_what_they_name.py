"""Which configuration items a scope covers."""

from uuid import uuid4

from changes.freezes import Item, Scope

SHOP, DATABASE = uuid4(), uuid4()
item = Item(DATABASE, "db-1", "database", "production", frozenset({DATABASE, SHOP}))


def test_everything_covers_each():
    assert Scope(everything=True).covers(item)


def test_a_scope_that_names_nothing_covers_nothing():
    assert not Scope().covers(item)


def test_an_item_is_named_by_id_kind_environment_or_a_service_that_stands_on_it():
    assert Scope(ci_ids=frozenset({DATABASE})).covers(item)
    assert Scope(kinds=frozenset({"server", "database"})).covers(item)
    assert Scope(environments=frozenset({"production"})).covers(item)
    assert Scope(service_ids=frozenset({SHOP})).covers(item)


def test_every_list_that_is_not_empty_must_name_it():
    databases = frozenset({"database"})
    assert Scope(kinds=databases, environments=frozenset({"production"})).covers(item)
    assert not Scope(kinds=databases, environments=frozenset({"staging"})).covers(item)
    assert not Scope(ci_ids=frozenset({uuid4()}), kinds=databases).covers(item)
    assert not Scope(service_ids=frozenset({uuid4()}), kinds=databases).covers(item)
