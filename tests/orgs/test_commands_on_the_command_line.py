from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from orgs.authentication import actor_for_token
from orgs.clock import now
from orgs.models import ApiKey, Organisation

pytestmark = pytest.mark.django_db


class TestOrgCreate:
    def test_prints_the_slug_and_the_id(self, capsys):
        call_command("org", "create", "Acme-DC", "--name", "Acme Datacenters")
        org = Organisation.objects.get()
        assert capsys.readouterr().out == f"acme-dc\t{org.id}\n"
        assert (org.slug, org.name) == ("acme-dc", "Acme Datacenters")

    def test_takes_the_slug_for_a_name(self):
        call_command("org", "create", "acme")
        assert Organisation.objects.get().name == "acme"

    @pytest.mark.parametrize("slug", ["a b", "", "ä", "a/b", "x" * 64, "../a", "a\n"])
    def test_says_what_a_slug_may_hold(self, slug):
        with pytest.raises(CommandError, match="slug"):
            call_command("org", "create", slug)
        assert not Organisation.objects.exists()

    def test_refuses_a_slug_that_is_taken(self, org):
        with pytest.raises(CommandError, match="There is an organisation acme already"):
            call_command("org", "create", "ACME")

    def test_the_list_has_one_a_line(self, org, other_org, capsys):
        call_command("org", "list")
        assert capsys.readouterr().out.splitlines() == [
            f"acme\t{org.id}\tAcme Datacenters",
            f"globex\t{other_org.id}\tGlobex Hosting",
        ]


class TestApikeyCreate:
    def test_prints_the_token_alone(self, org, capsys):
        call_command("apikey", "create", "--org", "acme", "--name", "ci", "--role", "MEMBER", "--role", "SRE_LEAD")
        out, err = capsys.readouterr()
        token = out.removesuffix("\n")
        assert (token.split(), err) == ([token], "")
        actor = actor_for_token(token)
        assert (actor.org_id, actor.roles) == (org.id, frozenset({"MEMBER", "SRE_LEAD"}))

    def test_knows_the_organisation_by_its_id_too(self, org, capsys):
        call_command("apikey", "create", "--org", str(org.id), "--name", "ci", "--role", "MEMBER")
        assert actor_for_token(capsys.readouterr().out.strip()).org_id == org.id

    def test_narrows_to_scopes_and_days(self, org, capsys):
        call_command(
            "apikey", "create", "--org", "acme", "--name", "ci", "--role", "MEMBER", "--scope", "incident.read",
            "--days", "7",
        )  # fmt: skip
        key = ApiKey.all_orgs_unsafe.get()
        assert key.scopes == ["incident.read"]
        assert abs(key.expires_at - now() - timedelta(days=7)) < timedelta(minutes=1)

    def test_makes_routing_keys(self, org, capsys):
        call_command("apikey", "create", "--org", "acme", "--name", "pd", "--role", "MEMBER", "--routing")
        assert len(capsys.readouterr().out.strip()) == 32

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"--org": "nowhere"}, "No such organisation"),
            ({"--org": "a\x00b"}, "No such organisation"),
            ({"--role": "ROOT"}, "Unknown role ROOT"),
            ({"--name": ""}, "name"),
            ({"--days": "0"}, "a year away"),
            ({"--days": "-1"}, "a year away"),
            ({"--days": "367"}, "a year away"),
            ({"--days": "99999999999"}, "a year away"),
            ({"--scope": "everything"}, "Unknown action everything"),
        ],
        ids=str,
    )
    def test_refuses_in_a_sentence_and_issues_nothing(self, change, said, org, capsys):
        given = {"--org": "acme", "--name": "ci", "--role": "MEMBER", **change}
        with pytest.raises(CommandError, match=said):
            call_command("apikey", "create", *(word for pair in given.items() for word in pair))
        assert capsys.readouterr().out == ""
        assert not ApiKey.all_orgs_unsafe.exists()
