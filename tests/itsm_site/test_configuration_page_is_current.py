"""The documented settings are the ones that exist."""

from dataclasses import replace

from django.conf import settings

from itsm_site.configuration_page import example, page
from itsm_site.environment import read


def test_the_page_equals_the_table():
    written = (settings.BASE_DIR / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert written == page(), "run manage.py configuration --write"


def test_the_example_equals_the_table():
    written = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8")
    assert written == example(), "run manage.py configuration --write"


def test_the_example_uncommented_is_the_default_configuration(tmp_path):
    lines = example().splitlines()
    (tmp_path / ".env").write_text("\n".join(line.removeprefix("#") for line in lines if "=" in line))
    defaults = read({"ITSM_ENV_FILE": ""}, tmp_path)
    assert replace(read({}, tmp_path), env_file=None) == defaults
