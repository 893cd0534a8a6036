"""What production refuses to start with, and which host names are answered."""

from urllib.parse import urlsplit

from itsm_site.environment import ConfigurationError, Environment

MINIMUM_KEY_LENGTH = 50
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
# Words of keys that people paste from examples instead of making their own.
_EXAMPLE_KEYS = ("django-insecure", "change-me", "changeme", "change_me", "example", "replace-me", "secret-key")
_DEFAULT_PASSWORDS = frozenset({"", "postgres", "password", "admin", "root", "opsledger", "changeme", "secret"})


def refuse_unsafe(environment: Environment) -> None:
    """Raise ConfigurationError with the first reason why this must not run in production."""
    if environment.mode != "production":
        return
    if environment.debug:
        raise ConfigurationError("ITSM_DEBUG must be off in production: its pages show settings and code.")
    key = environment.secret_key
    if not key:
        raise ConfigurationError("ITSM_SECRET_KEY must be set in production.")
    if len(key) < MINIMUM_KEY_LENGTH or len(set(key)) < 10 or any(word in key.lower() for word in _EXAMPLE_KEYS):
        raise ConfigurationError(
            f"ITSM_SECRET_KEY must be at least {MINIMUM_KEY_LENGTH} random characters in production, not an example."
        )
    if "*" in environment.allowed_hosts:
        raise ConfigurationError("ITSM_ALLOWED_HOSTS must name hosts in production: `*` would answer to any.")
    if urlsplit(environment.public_url).scheme != "https":
        raise ConfigurationError(
            "ITSM_PUBLIC_URL must be set and start with https:// in production: sessions and keys travel over it."
        )
    database = environment.database or {}
    if database.get("HOST") and database.get("PASSWORD") in _DEFAULT_PASSWORDS and not _has_other_login(database):
        raise ConfigurationError(
            "DATABASE_URL must carry a password of its own in production, not none or a default one."
        )


def _has_other_login(database: dict[str, object]) -> bool:
    """True for a socket in the file system (peer authentication) or a client certificate."""
    options = database.get("OPTIONS")
    return str(database["HOST"]).startswith("/") or (isinstance(options, dict) and "sslcert" in options)


def allowed_hosts(environment: Environment, public_url: str) -> tuple[str, ...]:
    """The host names to answer: the listed ones, or the public one; loopback always, for probes."""
    public = urlsplit(public_url).hostname or "localhost"
    listed = environment.allowed_hosts or (f"[{public}]" if ":" in public else public,)
    return tuple(dict.fromkeys((*listed, *_LOOPBACK)))
