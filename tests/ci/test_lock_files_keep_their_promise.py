"""The lock files hold hashes and no address, agree with each other and with what is explained, and make an SBOM."""

import importlib.util
import json

import pytest

from tests.source import ROOT

_spec = importlib.util.spec_from_file_location("locks", ROOT / ".ci" / "locks.py")
locks = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(locks)

GOOD = """\
# made by a tool
amqp==5.4.2 \\
    --hash=sha256:{a}
    # via kombu
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
    # via
    #   click
    #   opsledger (pyproject.toml)
""".format(a="a" * 64, b="b" * 64)


@pytest.fixture
def lock(tmp_path):
    def write(text):
        file = tmp_path / "requirements.lock"
        file.write_text(text)
        return locks.read(file)

    return write


def test_ours_keep_it():
    assert locks.check() == []


def test_a_good_file_is_read_whole(lock):
    packages, faults = lock(GOOD)
    assert faults == []
    assert [(p.name, p.version, len(p.hashes), p.needed_by) for p in packages] == [
        ("amqp", "5.4.2", 1, ["kombu"]),
        ("colorama", "0.4.6", 2, ["click", "opsledger"]),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "celery>=5.7",
        "celery",
        "--find-links https://example.org/wheels",
        "celery @ https://example.org/celery.whl",
        "    --hash=md5:00000000000000000000000000000000",
    ],
)
def test_a_line_that_pins_nothing_is_a_fault(lock, line):
    assert lock(GOOD + line + "\n")[1]


def test_a_package_without_a_hash_is_a_fault(lock):
    assert lock(GOOD + "celery==5.7.0 \\\n")[1] == ["requirements.lock: celery has no hash"]


def test_the_bill_of_materials_lists_every_package_once_and_always_alike():
    document = locks.sbom()
    packages, _ = locks.read(locks.RUNTIME)
    assert [c["name"] for c in document["components"]] == [p.name for p in packages]
    assert json.dumps(document) == json.dumps(locks.sbom())


def test_the_bill_of_materials_refers_only_to_what_it_lists():
    document = locks.sbom()
    listed = {c["bom-ref"] for c in document["components"]} | {document["metadata"]["component"]["bom-ref"]}
    for entry in document["dependencies"]:
        assert {entry["ref"], *entry["dependsOn"]} <= listed
    django = next(c["bom-ref"] for c in document["components"] if c["name"] == "django")
    assert any(django in entry["dependsOn"] for entry in document["dependencies"] if "opsledger" in entry["ref"])
