"""The directory of a demonstration: one run at a time, secrets for the owner alone, and only its own files removed."""

import json
import os
import stat
import subprocess
import sys

import pytest

from itsm_site.demo import place as place_module
from itsm_site.demo.place import Place
from itsm_site.serving import CannotServe

HOLDER = """
import fcntl, os, sys, time
fd = int(sys.argv[1])
print("holding", flush=True)
time.sleep(60)
"""


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path / "demo")


@pytest.fixture
def occupied(place):
    descriptor = place.occupy("http://localhost:8000")
    yield place
    os.close(descriptor)


def test_a_second_run_is_told_where_the_first_one_is(occupied):
    with pytest.raises(CannotServe) as refusal:
        Place(occupied.directory).occupy("http://localhost:9000")
    assert "http://localhost:8000" in str(refusal.value)
    assert f"kill {os.getpid()}" in str(refusal.value)


def test_a_place_is_free_again_when_its_run_has_ended(place):
    os.close(place.occupy("http://localhost:8000"))
    os.close(place.occupy("http://localhost:8000"))


def test_what_a_killed_run_left_behind_is_named(place, monkeypatch):
    monkeypatch.setattr(place_module, "LEFTOVER_WAIT", 0.3)
    descriptor = place.occupy("http://localhost:8000")
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(descriptor)], pass_fds=[descriptor], stdout=subprocess.PIPE
    )
    try:
        child.stdout.readline()
        os.close(descriptor)
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        entry = {"pid": gone.pid, "url": "http://localhost:8000", "children": {"web": child.pid, "worker": gone.pid}}
        (place.directory / "demo.lock").write_text(json.dumps(entry))
        with pytest.raises(CannotServe, match=f"End them first: kill {child.pid}\\."):
            Place(place.directory).occupy("http://localhost:9000")
    finally:
        child.kill()
        child.communicate()
    os.close(Place(place.directory).occupy("http://localhost:9000"))


def test_credentials_are_for_the_owner_alone(occupied):
    occupied.keep_credentials({"password": "secret", "name": "Zoë"})
    assert stat.S_IMODE(occupied.credentials_file.stat().st_mode) == 0o600
    assert occupied.credentials() == {"password": "secret", "name": "Zoë"}
    occupied.keep_credentials({"password": "other"})
    assert stat.S_IMODE(occupied.credentials_file.stat().st_mode) == 0o600
    assert [file.name for file in occupied.directory.iterdir() if "credentials" in file.name] == ["credentials.json"]


@pytest.mark.parametrize("text", [None, "", "{"])
def test_lost_credentials_are_a_sentence(occupied, text):
    if text is not None:
        occupied.credentials_file.write_text(text)
    with pytest.raises(CannotServe, match="--reset"):
        occupied.credentials()


def test_data_are_begun_then_made(occupied):
    assert not occupied.is_begun
    assert not occupied.is_made
    occupied.begin()
    assert occupied.is_begun
    assert not occupied.is_made
    occupied.finish()
    assert occupied.is_made
    assert not occupied.is_begun


def test_only_what_a_demonstration_made_is_removed(occupied):
    own = [
        "opsledger.sqlite3",
        "opsledger.sqlite3-wal",
        "credentials.json",
        "beat-schedule.dat",
        "broker/messages/1.msg",
    ]
    others = ["holiday.jpg", "secret-key", "static/site.css", "notes/opsledger.sqlite3"]
    for name in [*own, *others]:
        file = occupied.directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    occupied.finish()
    occupied.clear()
    assert not occupied.is_made
    assert [name for name in own if (occupied.directory / name).exists()] == []
    assert [name for name in others if not (occupied.directory / name).exists()] == []
    assert (occupied.directory / "broker/messages").is_dir()
