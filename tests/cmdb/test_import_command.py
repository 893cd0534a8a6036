"""`manage.py cmdb import` previews and commits from the command line."""

import json

import pytest
from django.core.management import CommandError, call_command

from cmdb.models import ConfigurationItem
from cmdb.queries import find_ci


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "cis.csv"
    path.write_text("id,name,kind,criticality\n1,db,database,high\n2,web,server,enormous\n")
    return path


def run(capsys, *arguments):
    call_command("cmdb", "import", *map(str, arguments))
    return capsys.readouterr()


def test_without_commit_it_only_says_what_it_would_do(scope, org, file, capsys):
    said = run(capsys, file, "--org", "acme", "--format", "csv")
    assert "Would import (add --commit) from import: 1 created" in said.out
    assert "row 3, criticality: Choose one of" in said.err
    assert not ConfigurationItem.objects.exists()


def test_with_commit_it_imports(scope, org, file, capsys):
    run(capsys, file, "--org", org.pk, "--format", "csv", "--commit", "--source", "rack")
    ci = find_ci("db")
    assert (ci.source, ci.history.get().actor_ref) == ("rack", "manage.py cmdb import")


def test_the_whole_report_may_be_had_as_json(scope, org, file, capsys):
    report = json.loads(run(capsys, file, "--org", "acme", "--format", "csv", "--json").out)
    assert (report["counts"]["created"], report["fault_count"]) == (1, 1)


def test_the_form_is_known_by_the_suffix(scope, org, file, capsys):
    assert "1 created" in run(capsys, file, "--org", "acme").out
    with pytest.raises(CommandError, match="format"):
        call_command("cmdb", "import", str(file.rename(file.with_suffix(".xml"))), "--org", "acme")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--org", "nobody", "--format", "csv"),
        ("--org", "acme", "--format", "csv", "--strict", "--commit"),
        ("--org", "acme", "--format", "csv", "--source", "no name!"),
        ("--org", "acme", "--format", "netbox"),
    ],
)
def test_a_refusal_is_a_sentence(scope, org, file, arguments):
    with pytest.raises(CommandError) as refused:
        call_command("cmdb", "import", str(file), *arguments)
    assert str(refused.value)
    assert not ConfigurationItem.objects.exists()


def test_a_file_that_is_not_there_is_a_sentence(org):
    with pytest.raises(CommandError, match="No such file"):
        call_command("cmdb", "import", "/nowhere.csv", "--org", "acme", "--format", "csv")
