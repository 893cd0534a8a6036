"""An unknown or malformed variable stops the start with one sentence."""

import pytest

from itsm_site.environment import ConfigurationError, read, variables


def sentence(tmp_path, **given):
    with pytest.raises(ConfigurationError) as caught:
        read(given, tmp_path)
    return str(caught.value)


def test_defaults_make_a_configuration(tmp_path):
    environment = read({}, tmp_path)
    assert (environment.mode, environment.port, environment.debug) == ("development", 8000, False)


def test_every_default_can_be_parsed_by_its_own_parser():
    for row in variables():
        row.parse(row.default)


def test_an_unknown_variable_is_named_with_the_nearest_known_one(tmp_path):
    assert sentence(tmp_path, ITSM_WEB_THREAD="4") == (
        "ITSM_WEB_THREAD is not a setting of Opsledger: did you mean ITSM_WEB_THREADS?"
    )


def test_an_unknown_variable_without_a_neighbour_points_to_the_list(tmp_path):
    assert "docs/configuration.md" in sentence(tmp_path, ITSM_QQQQQQQQ="1")


def test_variables_of_others_are_none_of_our_business(tmp_path):
    assert read({"HOME": "/root", "LANG": "C"}, tmp_path).port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "8000.5"),
        ("PORT", "-1"),
        ("PORT", "٣٤"),
        ("ITSM_ENV", "prod"),
        ("ITSM_DEBUG", "maybe"),
        ("ITSM_DATA_DIR", ""),
        ("ITSM_LOG_LEVEL", "loud"),
        ("ITSM_WEB_THREADS", "0"),
        ("ITSM_WEB_THREADS", "many"),
        ("ITSM_ALLOWED_HOSTS", "https://itsm.example.org"),
        ("ITSM_ALLOWED_HOSTS", "a.example.org,,b.example.org"),
        ("ITSM_ALLOWED_HOSTS", "a b"),
        ("ITSM_PUBLIC_URL", "itsm.example.org"),
        ("ITSM_PUBLIC_URL", "https://user:pw@itsm.example.org"),
        ("ITSM_TRUSTED_PROXIES", "proxy.example.org"),
        ("ITSM_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("ITSM_METRICS_TOKEN", "short"),
        ("ITSM_DEADMAN_URL", "ftp://example.org"),
        ("DATABASE_URL", "mysql://localhost/itsm"),
        ("DATABASE_URL", "postgresql://localhost:port/itsm"),
        ("DATABASE_URL", "postgresql://localhost"),
        ("DATABASE_URL", "sqlite://relative.sqlite3"),
        ("DATABASE_URL", "itsm.sqlite3"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "http://localhost:6379"),
        ("REDIS_URL", "redis://localhost:6379/first"),
    ],
)
def test_a_malformed_value_is_named(tmp_path, name, value):
    assert sentence(tmp_path, **{name: value}).startswith(f"{name} is malformed: ")


@pytest.mark.parametrize("url", ["postgresql://me:s3cret@localhost:x/itsm", "mysql://me:s3cret@localhost/itsm"])
def test_the_password_of_a_malformed_url_is_not_shown(tmp_path, url):
    assert "s3cret" not in sentence(tmp_path, DATABASE_URL=url)


def test_a_sentence_is_one_line(tmp_path):
    assert "\n" not in sentence(tmp_path, ITSM_LOG_LEVEL="a\nb")


def test_a_postgresql_url_keeps_a_password_that_starts_with_a_dollar(tmp_path):
    database = read({"DATABASE_URL": "postgresql://me:$ecret%40@db.example.org:5433/itsm"}, tmp_path).database
    assert database["PASSWORD"] == "$ecret@"
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example.org", 5433, "itsm")
