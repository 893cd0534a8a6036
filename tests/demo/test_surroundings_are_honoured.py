"""The demo's environment: its own directory and the port that was asked for; the check's: nothing of the desk."""

import dataclasses
import socket
from pathlib import Path

import pytest

from itsm_site.demo.surroundings import default_folder, for_check, for_demo, free_port
from itsm_site.environment import ConfigurationError, read


def environment(**given):
    return given, read({"ITSM_ENV_FILE": "", **given}, Path("/nowhere"))


def test_data_go_below_var_by_default():
    assert for_demo(*environment(), None)["ITSM_DATA_DIR"] == str(Path("var/demo").absolute())


def test_a_directory_that_was_named_is_taken():
    assert for_demo(*environment(ITSM_DATA_DIR="/srv/show"), None)["ITSM_DATA_DIR"] == "/srv/show"


def test_one_that_stands_in_the_env_file_is_taken_too():
    given, present = environment()
    present = dataclasses.replace(present, data_dir=Path("/srv/show"))
    assert "ITSM_DATA_DIR" not in for_demo(given, present, None)


def test_the_option_outranks_the_variable():
    given, present = environment(PORT="8200", REDIS_URL="redis://localhost/3")
    assert for_demo(given, present, 8300)["PORT"] == "8300"
    assert for_demo(given, present, None)["PORT"] == "8200"
    assert for_demo(given, present, None)["REDIS_URL"] == "redis://localhost/3"


def test_once_made_it_asks_for_no_other():
    wanted = for_demo(*environment(), 8300)
    assert for_demo(*environment(**wanted), 8300) == wanted


def test_it_is_not_for_production():
    given, present = environment()
    with pytest.raises(ConfigurationError, match="ITSM_ENV"):
        for_demo(given, dataclasses.replace(present, mode="production"), None)


def test_the_check_takes_nothing_from_the_desk(tmp_path):
    given = {
        "PATH": "/bin",
        "DATABASE_URL": "postgresql://db/production",
        "REDIS_URL": "redis://localhost",
        "PORT": "8000",
        "ITSM_METRICS_TOKEN": "0123456789abcdef",
        "ITSM_ENV": "production",
    }
    wanted = for_check(given, tmp_path)
    assert wanted == {
        "PATH": "/bin",
        "ITSM_ENV": "development",
        "ITSM_ENV_FILE": "",
        "ITSM_DATA_DIR": str(tmp_path),
        "PORT": wanted["PORT"],
    }
    assert read(wanted, Path("/nowhere")).database is None


def test_a_free_port_is_free():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        near = taken.getsockname()[1] - 1
        port = free_port(near)
        assert port > near + 1
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))


def test_the_default_folder_is_the_one_of_the_table():
    assert default_folder() == Path("var").absolute()
