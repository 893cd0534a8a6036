import pytest

from changes.commands import StageSpec, save_policy, save_template
from changes.models import ApprovalPolicy
from changes.policies import Facts, fits, stages_for
from changes.queries import policies, templates
from orgs.commands import create_team
from orgs.errors import Conflict, Invalid, NotFound
from orgs.tenancy import org_scope
from tests.changes.staging import anew, pending, somebody, voted_through

PEER = StageSpec("Peer", roles=["SRE_LEAD"])


def stage_names(row):
    return [stage["name"] for stage in row.approval["stages"]]


def bad_fields(call):
    with pytest.raises(Invalid) as refusal:
        call()
    return {(error.field, error.code) for error in refusal.value.fields}


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ({}, True),
        ({"types": ["normal", "emergency"]}, True),
        ({"types": ["standard"]}, False),
        ({"risks": ["high"]}, False),
        ({"criticalities": ["critical"]}, True),
        ({"environments": ["staging"]}, False),
        ({"environments": ["production", "staging"], "risks": ["low"]}, True),
        ({"environments": ["production"], "risks": ["medium"]}, False),
    ],
)
def test_conditions_hold_all_together(conditions, holds):
    facts = Facts("normal", "low", frozenset({"critical", "low"}), frozenset({"production"}))
    assert fits(conditions, facts) is holds


def test_a_stage_that_does_not_fit_is_passed_by():
    stages = [
        {"name": "a", "quorum": 1, "users": [], "roles": [], "teams": [], "conditions": {"risks": ["high"]}},
        {"name": "b", "quorum": 1, "users": [], "roles": [], "teams": [], "conditions": {}},
    ]
    assert [stage["name"] for stage in stages_for(stages, Facts("normal", "low"))] == ["b"]


def test_the_first_that_fits_applies(anyone, ci):
    save_policy(actor=anyone, name="Last", position=9, stages=[StageSpec("Anybody", roles=["SRE_LEAD"])])
    save_policy(
        actor=anyone,
        name="Production",
        position=1,
        conditions={"environments": ["production"], "criticalities": ["critical"]},
        stages=[PEER, StageSpec("Board", quorum=2, roles=["CHANGE_APPROVER"], conditions={"risks": ["high"]})],
    )
    save_policy(actor=anyone, name="Off", position=0, stages=[StageSpec("Nobody", roles=["SRE_LEAD"])], is_active=False)
    core = ci("core", environment="production", criticality="critical")
    assert stage_names(pending(anyone, affected_cis=[core], risk="medium")) == ["Peer"]
    assert stage_names(pending(anyone, affected_cis=[ci("spare", environment="production")])) == ["Anybody"]
    assert stage_names(
        pending(anyone, affected_cis=[ci("vital", environment="production", criticality="critical")], risk="high")
    ) == ["Peer", "Board"]


def test_without_a_policy_that_fits_the_built_in_one_applies(anyone):
    save_policy(actor=anyone, name="Others", conditions={"risks": ["high"]}, stages=[PEER])
    save_policy(
        actor=anyone, name="Empty", stages=[StageSpec("Board", roles=["SRE_LEAD"], conditions={"risks": ["high"]})]
    )
    row = pending(anyone)
    assert (row.approval["policy"], stage_names(row)) == ({"id": None, "name": "Built in"}, ["Peer"])


def test_a_change_keeps_the_policy_that_it_was_submitted_under(anyone):
    policy = save_policy(actor=anyone, name="Ours", stages=[StageSpec("One", roles=["SRE_LEAD"])])
    row = pending(anyone)
    save_policy(
        actor=anyone,
        policy=policy,
        name="Ours, stricter",
        stages=[StageSpec("Two", quorum=2, roles=["SRE_LEAD"]), StageSpec("Three", roles=["SRE_LEAD"])],
    )
    assert (anew(row).approval["policy"]["name"], stage_names(anew(row))) == ("Ours", ["One"])
    assert voted_through(row).status == "approved"


def test_a_policy_names_people_roles_and_teams(org, anyone, user_with):
    person = user_with("CHANGE_APPROVER")
    team = create_team(actor=anyone, org=org, name="Network")
    row = save_policy(
        actor=anyone,
        name=" Ours ",
        stages=[
            StageSpec("Board", 2, [person.username], ["SRE_LEAD"], ["network"], {"types": ["normal"], "risks": []})
        ],
    )
    assert row.name == "Ours"
    assert row.stages == [
        {
            "name": "Board",
            "quorum": 2,
            "users": [{"id": person.pk, "name": person.display_name()}],
            "roles": ["SRE_LEAD"],
            "teams": [{"id": str(team.pk), "name": "Network"}],
            "conditions": {"types": ["normal"]},
        }
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": ""}, {("name", "required")}),
        ({"position": -1}, {("position", "range")}),
        ({"stages": []}, {("stages", "items")}),
        ({"conditions": {"weather": ["rain"]}}, {("conditions", "unknown")}),
        ({"conditions": {"risks": ["extreme"]}}, {("conditions.risks", "choice")}),
        ({"stages": [PEER, StageSpec("", quorum=0)]}, {("stages.1.name", "required"), ("stages.1.quorum", "range")}),
        ({"stages": [StageSpec("Board")]}, {("stages.0", "required")}),
        ({"stages": [StageSpec("Board", roles=["MEMBER"])]}, {("stages.0.roles", "choice")}),
        ({"stages": [StageSpec("Board", users=["nobody"])]}, {("stages.0.users", "not_found")}),
        ({"stages": [StageSpec("Board", teams=["nobody"])]}, {("stages.0.teams", "not_found")}),
        (
            {"stages": [StageSpec("Board", roles=["SRE_LEAD"], conditions={"types": ["minor"]})]},
            {("stages.0.conditions.types", "choice")},
        ),
    ],
)
def test_a_policy_that_cannot_be_is_refused_by_name(given, said, org, anyone):
    assert bad_fields(lambda: save_policy(**({"actor": anyone, "name": "Ours", "stages": [PEER]} | given))) == said
    with org_scope(org):
        assert not ApprovalPolicy.objects.exists()


def test_those_who_may_not_vote_have_no_seat(anyone, user_with):
    member, approver = user_with("MEMBER"), user_with("CHANGE_APPROVER")
    stages = [StageSpec("Board", users=[member.username])]
    assert bad_fields(lambda: save_policy(actor=anyone, name="Ours", stages=stages)) == {("stages.0.users", "role")}
    stages = [StageSpec("Board", quorum=2, users=[approver.username])]
    assert bad_fields(lambda: save_policy(actor=anyone, name="Ours", stages=stages)) == {("stages.0.quorum", "range")}


def test_names_are_given_once(anyone):
    save_policy(actor=anyone, name="Ours", stages=[PEER])
    other = save_policy(actor=anyone, name="Others", stages=[PEER])
    with pytest.raises(Conflict):
        save_policy(actor=anyone, name="Ours", stages=[PEER])
    with pytest.raises(Conflict):
        save_policy(actor=anyone, policy=other, name="Ours", stages=[PEER])
    save_template(actor=anyone, name="Restart", title="Restart")
    with pytest.raises(Conflict):
        save_template(actor=anyone, name="Restart", title="Again")


def test_they_are_listed_in_the_order_in_which_they_are_tried(org, anyone):
    for name, position in (("b", 1), ("a", 1), ("c", 0)):
        save_policy(actor=anyone, name=name, position=position, stages=[PEER])
    save_template(actor=anyone, name="Restart", title="Restart")
    save_template(actor=anyone, name="Old", title="Old", is_active=False)
    with org_scope(org):
        assert [policy.name for policy in policies()] == ["c", "a", "b"]
        assert [template.name for template in templates()] == ["Old", "Restart"]
        assert [template.name for template in templates(usable=True)] == ["Restart"]


def test_those_of_another_organisation_are_not_there(anyone, other_org):
    stranger = somebody(other_org)
    policy = save_policy(actor=stranger, name="Theirs", stages=[PEER])
    template = save_template(actor=stranger, name="Theirs", title="Restart")
    for ident in (policy, policy.pk, str(policy.pk), "Theirs"):
        with pytest.raises(NotFound):
            save_policy(actor=anyone, policy=ident, name="Mine", stages=[PEER])
    for ident in (template, template.pk, str(template.pk), "Theirs"):
        with pytest.raises(NotFound):
            save_template(actor=anyone, template=ident, name="Mine", title="Restart")
    assert stage_names(pending(anyone)) == ["Peer"]
