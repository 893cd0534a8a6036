import string
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from orgs.actor import ActorKind
from orgs.authentication import CACHE_SECONDS, BadCredentials, actor_for_token, forget_tokens, token_hash
from orgs.clock import now
from orgs.commands import issue_key, revoke_key
from orgs.errors import Forbidden, Invalid, NotFound, OutOfReach
from orgs.models import ApiKey
from orgs.roles import Role
from orgs.tenancy import org_scope

YEAR = timedelta(days=366)


def issued(org, *roles, actor=None, **options):
    return issue_key(actor=actor, org=org, name=options.pop("name", "ci"), roles=roles or ["MEMBER"], **options)


def kept(key):
    return ApiKey.all_orgs_unsafe.get(pk=key.pk)


class TestWhatIsStored:
    def test_the_token_itself_is_nowhere(self, org):
        _, token = issued(org)
        assert token.startswith("ops_")
        assert len(token) >= 40
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM orgs_apikey")
            stored = str(cursor.fetchall())
        assert token not in stored
        assert token[len("ops_") + 8 :] not in stored

    def test_the_prefix_tells_keys_apart(self, org):
        key, token = issued(org)
        assert key.prefix == token[:8]
        assert str(key) == f"ci ({token[:8]}…)"

    def test_the_hash_takes_a_secret_that_the_database_does_not_hold(self, org, settings):
        key, token = issued(org)
        assert key.hash == token_hash(token)
        assert token_hash(token, "another secret") != key.hash

    def test_a_routing_key_has_the_32_characters_that_pagerduty_demands(self, org):
        key, token = issued(org, routing=True)
        assert len(token) == 32
        assert set(token) <= set(string.hexdigits.lower())
        assert actor_for_token(token).ref == key.prefix == token[:8]

    def test_no_two_tokens_are_alike(self, org):
        assert len({issued(org)[1] for _ in range(20)}) == 20


class TestWhoItIs:
    def test_a_key_acts_for_its_organisation_with_its_roles(self, org):
        key, token = issued(org, "MEMBER", "SRE_LEAD", scopes=["incident.read"])
        actor = actor_for_token(token)
        assert (actor.kind, actor.ref, actor.name, actor.org_id) == (ActorKind.API_KEY, key.prefix, "ci", org.pk)
        assert (actor.roles, actor.scopes) == (frozenset({"MEMBER", "SRE_LEAD"}), frozenset({"incident.read"}))
        assert actor.user_id is None

    @pytest.mark.parametrize(
        "token",
        ["", " ", "ops_", "ops_" + "x" * 43, "x" * 10_240, "\x00", "\ud800", "ключ", "Bearer ops_x"],
        ids=repr,
    )
    def test_what_is_no_token_is_refused(self, token, org):
        with pytest.raises(BadCredentials):
            actor_for_token(token)

    @pytest.mark.parametrize(
        "change",
        [lambda t: t + "\n", lambda t: " " + t, lambda t: t.upper(), lambda t: t[:-1], lambda t: t + "\x00"],
    )
    def test_a_token_that_differs_in_one_character_is_refused(self, change, org):
        _, token = issued(org)
        with pytest.raises(BadCredentials):
            actor_for_token(change(token))

    def test_all_refusals_say_the_same(self, org, administrator):
        expired, expired_token = issued(org, expires_at=now() + timedelta(seconds=1))
        revoked, revoked_token = issued(org)
        revoke_key(actor=administrator, key=revoked)
        with time_machine.travel(now() + timedelta(seconds=2)):
            for token in (expired_token, revoked_token, "ops_never"):
                with pytest.raises(BadCredentials) as refusal:
                    actor_for_token(token)
                assert refusal.value.args == ()
        assert expired.pk != revoked.pk


class TestItsLife:
    def test_it_lives_a_year_unless_told_otherwise(self, org):
        assert abs(issued(org)[0].expires_at - now() - YEAR) < timedelta(minutes=1)

    @pytest.mark.parametrize("life", [timedelta(0), timedelta(seconds=-1), YEAR + timedelta(minutes=1)])
    def test_it_ends_in_the_future_and_within_a_year(self, life, org):
        with pytest.raises(Invalid) as refusal:
            issued(org, expires_at=now() + life)
        assert refusal.value.fields[0].field == "expires_at"

    def test_it_ends_when_it_expires_though_it_was_just_used(self, org):
        with time_machine.travel(now(), tick=False) as clock:
            _, token = issued(org, expires_at=now() + timedelta(hours=1))
            actor_for_token(token)
            clock.shift(timedelta(hours=1))
            forget_tokens()
            with pytest.raises(BadCredentials):
                actor_for_token(token)

    def test_what_is_remembered_of_it_does_not_outlive_it(self, org, monkeypatch):
        from orgs import authentication

        seconds = [0.0]
        monkeypatch.setattr(authentication.time, "monotonic", lambda: seconds[0])
        _, token = issued(org, expires_at=now() + timedelta(seconds=2))
        actor_for_token(token)
        seconds[0] = 2.5
        with time_machine.travel(now() + timedelta(seconds=2.5)), pytest.raises(BadCredentials):
            actor_for_token(token)

    def test_a_look_up_is_remembered_for_a_few_seconds(self, org, monkeypatch, django_assert_num_queries):
        from orgs import authentication

        seconds = [0.0]
        monkeypatch.setattr(authentication.time, "monotonic", lambda: seconds[0])
        _, token = issued(org)
        actor_for_token(token)
        with django_assert_num_queries(0):
            actor_for_token(token)
        seconds[0] = CACHE_SECONDS + 0.1
        with django_assert_num_queries(1):
            actor_for_token(token)

    def test_revoking_ends_it_at_once(self, org, administrator):
        key, token = issued(org)
        actor_for_token(token)
        revoke_key(actor=administrator, key=key)
        with pytest.raises(BadCredentials):
            actor_for_token(token)
        assert kept(key).revoked_at is not None

    def test_it_stays_ended_though_somebody_looked_before_the_commit(
        self, org, administrator, django_capture_on_commit_callbacks
    ):
        key, token = issued(org)
        with django_capture_on_commit_callbacks(execute=True):
            revoke_key(actor=administrator, key=key)
            # What another connection still sees.
            ApiKey.all_orgs_unsafe.filter(pk=key.pk).update(revoked_at=None)
            assert actor_for_token(token).ref == key.prefix
            ApiKey.all_orgs_unsafe.filter(pk=key.pk).update(revoked_at=now())
        with pytest.raises(BadCredentials):
            actor_for_token(token)

    def test_revoking_twice_finds_nothing(self, org, administrator):
        key, _ = issued(org)
        revoke_key(actor=administrator, key=key)
        with pytest.raises(NotFound):
            revoke_key(actor=administrator, key=key)

    def test_another_organisations_key_cannot_be_revoked(self, other_org, administrator):
        key, token = issued(other_org)
        with pytest.raises(NotFound):
            revoke_key(actor=administrator, key=key)
        assert actor_for_token(token).org_id == other_org.pk

    def test_its_last_use_is_noted_once_a_minute(self, org):
        with time_machine.travel(now(), tick=False) as clock:
            key, token = issued(org)
            assert kept(key).last_used_at is None
            actor_for_token(token)
            first = kept(key).last_used_at
            assert first == now()
            clock.shift(timedelta(seconds=30))
            forget_tokens()
            actor_for_token(token)
            assert kept(key).last_used_at == first
            clock.shift(timedelta(seconds=31))
            forget_tokens()
            actor_for_token(token)
            assert kept(key).last_used_at == now()


class TestTheRotationOfTheSecret:
    def test_a_key_outlives_it_as_long_as_the_old_secret_is_a_fallback(self, org, settings):
        key, token = issued(org)
        old, settings.SECRET_KEY = settings.SECRET_KEY, "a-new-secret-" + "0" * 50
        settings.SECRET_KEY_FALLBACKS = [old]
        assert actor_for_token(token).ref == key.prefix

    def test_it_ends_with_the_fallback(self, org, settings):
        _, token = issued(org)
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a-new-secret-" + "0" * 50, []
        with pytest.raises(BadCredentials):
            actor_for_token(token)

    def test_both_sorts_of_keys_live_side_by_side(self, org, settings):
        _, before = issued(org)
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a-new-secret-" + "0" * 50, [settings.SECRET_KEY]
        _, after = issued(org)
        assert actor_for_token(before).org_id == actor_for_token(after).org_id == org.pk


class TestWhoMayIssueOne:
    @pytest.mark.parametrize("role", [role for role in Role.values if role != "ORG_ADMIN"])
    def test_it_takes_an_administrator(self, role, org, actor_with):
        actor = actor_with(role)
        with pytest.raises(Forbidden):
            issued(org, "VIEWER", actor=actor)
        with pytest.raises(Forbidden):
            revoke_key(actor=actor, key=issued(org)[0])

    def test_nobody_gives_roles_that_they_do_not_hold(self, org, administrator, actor_with):
        issued(org, "VIEWER", "MEMBER", "ORG_ADMIN", actor=administrator)
        with pytest.raises(Forbidden) as refusal:
            issued(org, "MEMBER", "SRE_LEAD", actor=administrator)
        assert refusal.value.needs == ["SRE_LEAD"]
        issued(org, "SRE_LEAD", actor=actor_with("ORG_ADMIN", "SRE_LEAD"))

    def test_a_narrowed_key_gives_nothing_beyond_its_scopes(self, org):
        _, token = issued(org, "ORG_ADMIN", scopes=["key.manage", "incident.read"])
        narrow = actor_for_token(token)
        for scopes in ((), ["org.manage"], ["incident.read", "org.manage"]):
            with pytest.raises(OutOfReach):
                issued(org, "ORG_ADMIN", actor=narrow, scopes=scopes)
        key, _ = issued(org, "ORG_ADMIN", actor=narrow, scopes=["incident.read"])
        assert key.scopes == ["incident.read"]

    def test_nobody_issues_for_another_organisation(self, other_org, administrator):
        with pytest.raises(NotFound):
            issued(other_org, "MEMBER", actor=administrator)

    def test_the_issuer_is_known(self, org, administrator):
        assert issued(org, actor=administrator)[0].created_by_id == administrator.user_id


class TestWhatItTakes:
    @pytest.mark.parametrize("name", ["", " ", "\u200b", "a\x00b", "\ud800", "x" * 201, None])
    def test_a_name(self, name, org):
        with pytest.raises(Invalid) as refusal:
            issued(org, name=name)
        assert refusal.value.fields[0].field == "name"

    @pytest.mark.parametrize("roles", [[], ["ROOT"], ["MEMBER", "root"]])
    def test_roles_that_exist(self, roles, org):
        with pytest.raises(Invalid) as refusal:
            issue_key(actor=None, org=org, name="ci", roles=roles)
        assert refusal.value.fields[0].field == "roles"

    @pytest.mark.parametrize("scopes", [["incident.destroy"], "incident.read", ["incident.read", ""]])
    def test_scopes_that_exist(self, scopes, org):
        with pytest.raises(Invalid) as refusal:
            issued(org, scopes=scopes)
        assert refusal.value.fields[0].field == "scopes"

    def test_scopes_and_roles_that_can_be_read_but_once(self, org):
        key, _ = issue_key(
            actor=None,
            org=org,
            name="ci",
            roles=(role for role in ("SRE_LEAD", "MEMBER")),
            scopes=(scope for scope in ("incident.read",)),
        )
        assert (key.roles, key.scopes) == (["MEMBER", "SRE_LEAD"], ["incident.read"])

    def test_keys_of_others_are_not_seen(self, org, other_org):
        issued(other_org)
        with org_scope(org):
            assert not ApiKey.objects.exists()
