"""A `.env` file fills what the environment leaves open."""

import pytest

from itsm_site.environment import ConfigurationError, read


def test_the_file_beside_manage_py_is_read(tmp_path):
    (tmp_path / ".env").write_text('# ours\nPORT=8123\nexport ITSM_LOG_LEVEL="warning"\n')
    environment = read({}, tmp_path)
    assert (environment.port, environment.log_level) == (8123, "warning")


def test_the_real_environment_wins_over_the_file(tmp_path):
    (tmp_path / ".env").write_text("PORT=8123\n")
    assert read({"PORT": "8124"}, tmp_path).port == 8124


def test_reading_the_file_leaves_the_environment_alone(tmp_path):
    (tmp_path / ".env").write_text("PORT=8123\n")
    given = {"HOME": "/"}
    read(given, tmp_path)
    assert given == {"HOME": "/"}


def test_two_files_read_in_turn_do_not_mix(tmp_path):
    first, second = tmp_path / "first.env", tmp_path / "second.env"
    first.write_text("PORT=8123\n")
    second.write_text("ITSM_LOG_LEVEL=error\n")
    read({"ITSM_ENV_FILE": str(first)}, tmp_path)
    assert read({"ITSM_ENV_FILE": str(second)}, tmp_path).port == 8000


def test_an_unknown_variable_in_the_file_stops_the_start(tmp_path):
    (tmp_path / ".env").write_text("ITSM_DATADIR=/srv\n")
    with pytest.raises(ConfigurationError, match="did you mean ITSM_DATA_DIR"):
        read({}, tmp_path)


def test_a_line_that_is_no_assignment_stops_the_start(tmp_path):
    (tmp_path / ".env").write_text("PORT=8123\nPORT 8124\n")
    with pytest.raises(ConfigurationError, match=r"^Line 2 of "):
        read({}, tmp_path)


def test_a_file_that_was_named_must_exist(tmp_path):
    with pytest.raises(ConfigurationError, match="ITSM_ENV_FILE is malformed"):
        read({"ITSM_ENV_FILE": str(tmp_path / "absent.env")}, tmp_path)


def test_an_empty_name_switches_the_file_off(tmp_path):
    (tmp_path / ".env").write_text("PORT=8123\n")
    assert read({"ITSM_ENV_FILE": ""}, tmp_path).port == 8000
