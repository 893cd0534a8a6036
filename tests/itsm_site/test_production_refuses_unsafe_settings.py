"""Production does not start with settings that are only safe on a desk."""

import pytest

from itsm_site.environment import ConfigurationError, read
from itsm_site.production import refuse_unsafe

KEY = "Qm7x-3vN9_tLz5Rk1Wb8Jd2Hs6Pf4Gc0Ya-EuVoIiXnZlTqMw-k3"
SAFE = {
    "ITSM_ENV": "production",
    "ITSM_SECRET_KEY": KEY,
    "ITSM_PUBLIC_URL": "https://itsm.example.org",
    "DATABASE_URL": "postgresql://itsm:vLk2-88sjq@db.internal/itsm",
}


def check(tmp_path, **changes):
    given = {name: value for name, value in {**SAFE, **changes}.items() if value is not None}
    refuse_unsafe(read(given, tmp_path))


def test_safe_settings_are_accepted(tmp_path):
    check(tmp_path)


def test_a_database_reached_by_socket_or_certificate_needs_no_password(tmp_path):
    check(tmp_path, DATABASE_URL="postgresql:////var/run/postgresql/itsm")
    check(tmp_path, DATABASE_URL="postgresql://itsm@db.internal/itsm?sslcert=/etc/itsm/client.pem")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"ITSM_DEBUG": "true"}, "ITSM_DEBUG"),
        ({"ITSM_SECRET_KEY": None}, "ITSM_SECRET_KEY"),
        ({"ITSM_SECRET_KEY": KEY[:49]}, "ITSM_SECRET_KEY"),
        ({"ITSM_SECRET_KEY": "a" * 60}, "ITSM_SECRET_KEY"),
        ({"ITSM_SECRET_KEY": "django-insecure-" + KEY}, "ITSM_SECRET_KEY"),
        ({"ITSM_SECRET_KEY": "change-me-" + KEY}, "ITSM_SECRET_KEY"),
        ({"ITSM_ALLOWED_HOSTS": "itsm.example.org,*"}, "ITSM_ALLOWED_HOSTS"),
        ({"ITSM_PUBLIC_URL": None}, "ITSM_PUBLIC_URL"),
        ({"ITSM_PUBLIC_URL": "http://itsm.example.org"}, "ITSM_PUBLIC_URL"),
        ({"DATABASE_URL": "postgresql://itsm:postgres@db.internal/itsm"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://itsm@db.internal/itsm"}, "DATABASE_URL"),
    ],
)
def test_production_refuses(tmp_path, changes, named):
    with pytest.raises(ConfigurationError, match=f"^{named} "):
        check(tmp_path, **changes)


def test_development_accepts_what_production_refuses(tmp_path):
    check(tmp_path, ITSM_ENV="development", ITSM_DEBUG="true", ITSM_SECRET_KEY=None, ITSM_ALLOWED_HOSTS="*")
