import pytest

from cmdb.commands import create_ci
from integrations.commands import configure_source
from integrations.intake.calm import settle_quiet
from integrations.intake.drain import drain
from integrations.intake.policy import host_of
from integrations.intake.severity import severity_of
from orgs.errors import Forbidden, Invalid, NotFound
from tests.integrations.conftest import alert


@pytest.fixture
def configured(administrator):
    def change(kind="alertmanager", **changes):
        return configure_source(actor=administrator, kind=kind, changes=changes)

    return change


@pytest.fixture
def cis(intake, administrator):
    return {
        name: create_ci(actor=administrator, name=name, kind=kind)
        for name, kind in (("db-01", "host"), ("checkout-api", "service"), ("rack-7", "rack"))
    }


class TestConfigurationItems:
    def test_are_found_by_the_default_labels_without_port_and_domain(self, intake, clock, cis):
        intake.alertmanager(alert(instance="db-01.fra1.example.net:9100", service="checkout-api"))

        (row,) = intake.alerts()
        assert row.ci == cis["db-01"]
        assert row.ci_names == ["db-01.fra1.example.net", "checkout-api"]
        (incident,) = intake.incidents()
        assert incident.affected_names == ["checkout-api", "db-01"]

    def test_are_found_by_the_labels_that_an_operator_names(self, intake, clock, cis, configured):
        configured(ci_labels=["labels.rack", "nowhere"])

        intake.alertmanager(alert(instance="db-01:9100", rack="RACK-7"))

        assert [row.ci for row in intake.alerts()] == [cis["rack-7"]]

    def test_of_another_organisation_are_not_found(self, intake, clock, other_org, actor_with):
        create_ci(actor=actor_with("ORG_ADMIN", org=other_org), name="db-01", kind="host")

        intake.alertmanager(alert(instance="db-01:9100"))

        assert [row.ci for row in intake.alerts()] == [None]
        assert [one.affected_names for one in intake.incidents()] == [[]]

    def test_that_nobody_knows_are_no_obstacle(self, intake, clock):
        intake.alertmanager(alert(instance="[::1]:9100", pod="x" * 1000))

        assert intake.alerts()[0].ci_names == ["::1", "x" * 255]

    @pytest.mark.parametrize(
        ("text", "host"),
        [
            ("db-01:9100", "db-01"),
            ("db-01", "db-01"),
            ("[2001:db8::1]:9100", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("https://shop.example.net:8443/health", "shop.example.net"),
            ("db-01:http", "db-01:http"),
            (":9100", ""),
        ],
    )
    def test_are_named_without_scheme_and_port(self, text, host):
        assert host_of(text) == host


class TestSeverities:
    @pytest.mark.parametrize(
        ("word", "severity"),
        [
            *(
                ("critical", "P1"),
                ("page", "P1"),
                (" Critical\n", "P1"),
                ("P1", "P1"),
                ("p0", "P1"),
                ("SEV1_CRITICAL", "P1"),
            ),
            *(("error", "P2"), ("high", "P2"), ("major", "P2"), ("warning", "P3"), ("medium", "P3")),
            *(("info", "P4"), ("low", "P4"), ("none", "P4")),
        ],
    )
    def test_have_many_spellings(self, word, severity):
        assert severity_of(word) == (severity, True)

    @pytest.mark.parametrize("word", ["", "Р1", "🔥", "apocalypse"])
    def test_that_nobody_knows_are_middling_and_counted(self, intake, clock, word):
        item = intake.send("generic", {"title": "x", "severity": word})

        assert item.outcome["unknown_severities"] == {word: 1}
        assert [(row.severity, row.severity_known, row.severity_given) for row in intake.alerts()] == [
            ("P3", False, word)
        ]

    def test_mean_what_the_operator_says(self, intake, clock, configured):
        configured(severity_map={"Apocalypse": "P1", "critical": "P4"})

        intake.alertmanager(alert("A", severity="apocalypse"), alert("B", severity="critical"))

        assert sorted(row.severity for row in intake.alerts()) == ["P1", "P4"]

    def test_that_open_incidents_are_the_operators_choice(self, intake, clock, configured):
        configured(create_severities=["P3"])

        intake.alertmanager(alert("A", severity="warning"), alert("B", severity="critical"))

        assert [one.severity for one in intake.incidents()] == ["P3"]


def test_the_quiet_period_and_the_reopen_window_are_the_operators_choice(intake, clock, configured):
    configured(quiet_seconds=0, reopen_seconds=0)
    intake.alertmanager(alert())
    clock(1)
    intake.alertmanager(alert(ends=1))
    settle_quiet()
    assert [one.status for one in intake.incidents()] == ["resolved"]
    clock(2)
    intake.alertmanager(alert(starts=2))
    assert [one.status for one in intake.incidents()] == ["resolved", "open"]


def test_a_source_that_is_off_keeps_what_comes_for_later(intake, clock, configured):
    configured(is_enabled=False)
    item = intake.alertmanager(alert())
    assert (item.state, intake.alerts()) == ("parked", [])

    configured(is_enabled=True)
    drain()
    assert len(intake.incidents()) == 1


def test_only_administrators_configure(org, lead, member):
    for actor in (lead, member):
        with pytest.raises(Forbidden):
            configure_source(actor=actor, kind="generic", changes={})


def test_an_unknown_source_is_absent(administrator):
    with pytest.raises(NotFound):
        configure_source(actor=administrator, kind="nobody", changes={})


@pytest.mark.parametrize(
    "changes",
    [
        {"is_enabled": "yes"},
        {"severity_map": {"a": "P5"}},
        {"severity_map": {"": "P1"}},
        {"severity_map": []},
        {"ci_labels": "instance"},
        {"ci_labels": [7]},
        {"correlate_by": ["x" * 201]},
        {"create_severities": ["P0"]},
        {"quiet_seconds": -1},
        {"quiet_seconds": True},
        {"reopen_seconds": 10**9},
        {"kind": "generic"},
    ],
)
def test_nonsense_is_refused_by_name(administrator, changes):
    with pytest.raises(Invalid) as refused:
        configure_source(actor=administrator, kind="generic", changes=changes)

    assert [error.field for error in refused.value.fields] == list(changes)
