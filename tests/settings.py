"""Settings of the test runs: the product's own, in an environment that no .env file or desk can change."""

import os
import tempfile

# Before the settings are read. What a test run may choose is DATABASE_URL and REDIS_URL alone.
for _name in [name for name in os.environ if name.startswith("ITSM_")]:
    del os.environ[_name]
os.environ["ITSM_ENV"] = "test"
os.environ["ITSM_ENV_FILE"] = ""
os.environ["ITSM_DATA_DIR"] = tempfile.mkdtemp(prefix="opsledger-tests-")
os.environ["ITSM_SECRET_KEY"] = "tests-only-" + "0123456789abcdef" * 4
# Tests call faster than anyone may; those of the limit set one.
os.environ["ITSM_API_RATE_LIMIT"] = "0"

from itsm_site.settings import *  # noqa: E402, F403

# Argon2 is slow on purpose; no test is about that.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]  # noqa: F405
