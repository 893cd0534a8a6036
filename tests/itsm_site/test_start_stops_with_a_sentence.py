"""What the person at the terminal sees of a configuration that cannot be: one line, exit code 2."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.once


def start(tmp_path, *argv, **given):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ITSM_")}
    environment |= {"ITSM_ENV_FILE": "", "ITSM_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "itsm_site.settings"}
    environment |= given
    return subprocess.run(
        [sys.executable, *argv], env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    "argv",
    [
        ("manage.py", "check"),
        ("-m", "gunicorn", "--check-config", "-c", "python:itsm_site.gunicorn_config", "itsm_site.wsgi"),
        ("-m", "celery", "-A", "itsm_site", "report"),
    ],
    ids=["manage.py", "gunicorn", "celery"],
)
def test_every_way_to_start_says_one_sentence(tmp_path, argv):
    done = start(tmp_path, *argv, ITSM_WEB_THREADZ="4")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    sentence = "Opsledger cannot start: ITSM_WEB_THREADZ is not a setting of Opsledger: did you mean ITSM_WEB_THREADS?"
    assert sentence in done.stderr.splitlines()


def test_the_exit_code_is_two_and_nothing_else_is_said(tmp_path):
    done = start(tmp_path, "manage.py", "check", PORT="eighty")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "Opsledger cannot start: PORT is malformed: expected a whole number from 1 to 65535, got 'eighty'.\n"
    )


def test_production_without_a_key_does_not_start(tmp_path):
    done = start(tmp_path, "manage.py", "check", ITSM_ENV="production", ITSM_PUBLIC_URL="https://itsm.example.org")
    assert done.returncode == 2
    assert "ITSM_SECRET_KEY" in done.stderr


def test_the_settings_start_when_nothing_is_said(tmp_path):
    done = start(tmp_path, "manage.py", "configuration")
    assert done.returncode == 0, done.stderr
