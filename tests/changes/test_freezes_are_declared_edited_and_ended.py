"""The commands of freezes: what they take, what they refuse by name, and what their history keeps."""

from datetime import UTC, datetime, timedelta

import pytest

from changes.commands.freezes import create_freeze, edit_freeze, end_freeze
from changes.models import Freeze, FreezeChange
from orgs.clock import clock_at
from orgs.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from orgs.roles import Role
from orgs.tenancy import org_scope
from timeline.events import AppendOnlyError

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_noon():
    with clock_at(NOON):
        yield


def declared(actor, **options):
    return create_freeze(
        actor=actor, **{"name": "Year end", "reason": "The books are closed.", "everything": True} | options
    )


def history(freeze):
    with org_scope(freeze.org_id):
        return list(FreezeChange.objects.filter(freeze=freeze).order_by("version"))


def refused(call, **options):
    with pytest.raises(Invalid) as refusal:
        call(**options)
    return {error.field for error in refusal.value.fields}


def test_a_freeze_is_kept_with_who_declared_it_and_why(administrator):
    freeze = declared(administrator, ends_at=NOON + HOUR)
    [first] = history(freeze)
    assert (freeze.starts_at, freeze.ends_at, freeze.hardness) == (NOON, NOON + HOUR, "hard")
    assert (first.action, first.actor_ref, first.reason) == ("created", administrator.ref, "The books are closed.")
    assert first.changes["ends_at"] == [None, "2026-11-02T13:00:00.000000Z"]


def test_its_items_are_kept_with_their_names(administrator, ci):
    shop, database = ci("Shop", kind="service"), ci("db-1", kind="database")
    freeze = declared(
        administrator,
        everything=False,
        cis=["db-1"],
        services=[shop],
        kinds=["Database", "database"],
        environments=["Production"],
    )
    assert freeze.cis == [{"id": str(database.pk), "name": "db-1"}]
    assert freeze.services == [{"id": str(shop.pk), "name": "Shop"}]
    assert (freeze.kinds, freeze.environments) == (["database"], ["production"])
    assert freeze.scope().ci_ids == {database.pk}


def test_one_that_recurs_needs_no_beginning(administrator):
    rule = {"every": "week", "days": ["sun", "sat"], "from": "08:00", "to": "20:00"}
    freeze = declared(administrator, recurrence=rule, time_zone="Europe/Berlin")
    assert (freeze.starts_at, freeze.ends_at) == (None, None)
    assert freeze.recurrence["days"] == ["sat", "sun"]
    assert freeze.timing().zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        (
            {"name": "", "reason": " ", "hardness": "icy", "time_zone": "Mars/Base", "recurrence": {"every": "day"}},
            {"name", "reason", "hardness", "time_zone", "recurrence.every"},
        ),
        ({"everything": False}, {"everything"}),
        ({"everything": "yes"}, {"everything"}),
        ({"kinds": ["server"]}, {"everything"}),
        ({"everything": False, "kinds": [""], "environments": "production"}, {"kinds", "environments"}),
        ({"everything": False, "environments": [""]}, {"environments"}),
        ({"everything": False, "cis": ["nowhere"], "services": "Shop"}, {"cis", "services"}),
        ({"everything": False, "cis": [None], "services": [{"id": None}]}, {"cis", "services"}),
        ({"ends_at": NOON}, {"ends_at"}),
        ({"starts_at": NOON.replace(tzinfo=None), "ends_at": "tomorrow"}, {"starts_at", "ends_at"}),
        ({"time_zone": "../etc/passwd"}, {"time_zone"}),
        ({"time_zone": None}, {"time_zone"}),
    ],
)
def test_every_bad_field_is_named(administrator, given, fields):
    assert refused(declared, actor=administrator, **given) == fields


def test_an_edit_writes_what_differs_and_why(administrator):
    freeze = declared(administrator)
    edited = edit_freeze(
        actor=administrator, freeze=freeze, changes={"name": "Year end", "hardness": "soft"}, why="Less strict."
    )
    assert (edited.version, edited.hardness) == (2, "soft")
    last = history(freeze)[-1]
    assert (last.action, last.changes, last.reason) == ("edited", {"hardness": ["hard", "soft"]}, "Less strict.")


def test_an_edit_that_changes_nothing_leaves_no_trace(administrator):
    freeze = declared(administrator)
    assert edit_freeze(actor=administrator, freeze=freeze.pk, changes={"hardness": "hard"}, why="None.").version == 1
    assert len(history(freeze)) == 1


def test_an_edit_names_every_bad_field(administrator):
    freeze = declared(administrator)
    bad = {"version": 9, "hardness": "icy"}
    assert refused(edit_freeze, actor=administrator, freeze=freeze, changes=bad, why="") == {
        "version",
        "hardness",
        "why",
    }
    both = {"kinds": ["server"]}
    assert refused(edit_freeze, actor=administrator, freeze=freeze, changes=both, why="x") == {"everything"}
    none = {"starts_at": None}
    assert refused(edit_freeze, actor=administrator, freeze=freeze, changes=none, why="x") == {"starts_at"}


def test_what_a_freeze_shows_may_be_sent_back(administrator, ci):
    freeze = declared(administrator, everything=False, cis=[ci("db-1")])
    assert edit_freeze(actor=administrator, freeze=freeze, changes={"cis": freeze.cis}, why="Same.").version == 1


def test_an_ended_freeze_no_longer_holds_and_is_final(administrator):
    freeze = declared(administrator)
    with clock_at(NOON + HOUR):
        ended = end_freeze(actor=administrator, freeze=str(freeze.pk), why="The books are shut.")
        assert ended.ends_at == ended.ended_at == NOON + HOUR
        assert history(freeze)[-1].action == "ended"
        with pytest.raises(Conflict):
            end_freeze(actor=administrator, freeze=freeze, why="Again.")
        with pytest.raises(Conflict):
            edit_freeze(actor=administrator, freeze=freeze, changes={"name": "New"}, why="Late.")


def test_one_that_is_ended_before_it_begins_never_holds(administrator):
    freeze = declared(administrator, starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
    ended = end_freeze(actor=administrator, freeze=freeze, why="Not needed.")
    assert ended.starts_at == ended.ends_at == NOON + HOUR
    with pytest.raises(Conflict):
        end_freeze(actor=administrator, freeze=freeze, why="Again.")


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ORG_ADMIN])
def test_only_an_administrator_may(actor_with, administrator, role):
    freeze, somebody = declared(administrator), actor_with(role)
    for call in (
        lambda: declared(somebody),
        lambda: edit_freeze(actor=somebody, freeze=freeze, changes={"name": "x"}, why="x"),
        lambda: end_freeze(actor=somebody, freeze=freeze, why="x"),
    ):
        with pytest.raises(Forbidden):
            call()


def test_a_stale_reader_is_refused(administrator):
    freeze = declared(administrator)
    for call in (
        lambda: edit_freeze(actor=administrator, freeze=freeze, changes={"name": "x"}, why="x", expected_version=0),
        lambda: end_freeze(actor=administrator, freeze=freeze, why="x", expected_version=2),
    ):
        with pytest.raises(Stale):
            call()


@pytest.mark.parametrize("ident", ["", "Year end", "nonsense\x00", "6d1b7d4e-0000-4000-8000-000000000000"])
def test_what_does_not_exist_is_not_found(administrator, ident):
    with pytest.raises(NotFound):
        end_freeze(actor=administrator, freeze=ident, why="x")


def test_another_organisations_freeze_and_items_do_not_exist(administrator, actor_with, other_org, ci):
    foreign = declared(actor_with(Role.ORG_ADMIN, org=other_org))
    with pytest.raises(NotFound):
        edit_freeze(actor=administrator, freeze=foreign, changes={"name": "x"}, why="x")
    with pytest.raises(NotFound):
        end_freeze(actor=administrator, freeze=foreign.pk, why="x")
    theirs = ci("db-9", org=other_org)
    assert refused(declared, actor=administrator, everything=False, cis=[theirs, theirs.pk]) == {"cis"}


def test_history_is_never_rewritten(administrator):
    freeze = declared(administrator)
    [first] = history(freeze)
    with org_scope(freeze.org_id):
        for call in (first.save, first.delete, FreezeChange.objects.all().delete):
            with pytest.raises(AppendOnlyError):
                call()
        assert Freeze.objects.get(pk=freeze.pk).version == 1
