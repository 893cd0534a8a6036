"""Every variable that Opsledger reads from its environment, in one table, and how it is read."""

import dataclasses
import difflib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar, cast

import environ

from itsm_site import env_values as values

T = TypeVar("T")

ENV_FILE_VARIABLE = "ITSM_ENV_FILE"
PREFIX = "ITSM_"
# A line of the .env file: a comment, nothing, or NAME=value with an optional `export`.
_ENV_LINE = re.compile(r"\A\s*(#.*)?\Z|\A(export )?[A-Za-z_][A-Za-z0-9_]*=.*\Z")


class ConfigurationError(Exception):
    """The environment does not make a configuration; the text is one sentence for people."""


@dataclasses.dataclass(frozen=True)
class Variable:
    """One row of the table: its name, its parser, its default as text, and what it is for."""

    name: str
    parse: Callable[[str], object]
    default: str
    meaning: str
    group: str
    secret: bool


def variable(
    name: str,
    parse: Callable[[str], T],
    default: str,
    meaning: str,
    *,
    group: str,
    secret: bool = False,
) -> T:
    """Declare a field of `Environment` that is read from the variable `name`."""
    row = Variable(name, parse, default, meaning, group, secret)
    return cast(T, dataclasses.field(metadata={"variable": row}))


START, STORE, WEB, WATCH, LEDGER = (
    "Start",
    "Database and broker",
    "Web and workers",
    "Watching",
    "Ledger",
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Environment:
    """The values of all variables, parsed; the fields below are the table."""

    mode: str = variable(
        "ITSM_ENV",
        values.one_of("development", "production", "test"),
        "development",
        "`production` refuses to start with settings that are only safe on a desk.",
        group=START,
    )
    env_file: Path | None = variable(
        ENV_FILE_VARIABLE,
        values.optional_path,
        ".env",
        "The file that further variables are read from; the real environment wins. Empty: none.",
        group=START,
    )
    data_dir: Path = variable(
        "ITSM_DATA_DIR",
        values.path,
        "var",
        "Where all lives that is written: SQLite, generated keys, collected static files, messages of the file broker.",
        group=START,
    )
    secret_key: str = variable(
        "ITSM_SECRET_KEY",
        values.text(maximum=512),
        "",
        "Signs sessions and peppers API keys; at least 50 characters in production. "
        "In development one is generated into the data directory.",
        group=START,
        secret=True,
    )
    secret_key_fallbacks: tuple[str, ...] = variable(
        "ITSM_SECRET_KEY_FALLBACKS",
        values.words,
        "",
        "Former secret keys, comma-separated: sessions signed with one of them stay valid while the key is rotated.",
        group=START,
        secret=True,
    )
    debug: bool = variable(
        "ITSM_DEBUG",
        values.switch,
        "false",
        "Django's debug pages. Refused in production.",
        group=START,
    )
    log_level: str = variable(
        "ITSM_LOG_LEVEL",
        values.one_of("debug", "info", "warning", "error"),
        "info",
        "The least severe log event that is written.",
        group=START,
    )
    log_format: str = variable(
        "ITSM_LOG_FORMAT",
        values.one_of("auto", "json", "text"),
        "auto",
        "`json`: one JSON object a line; `text`: readable lines; `auto`: text in development, JSON otherwise.",
        group=START,
    )
    database: dict[str, object] | None = variable(
        "DATABASE_URL",
        lambda raw: values.database(raw) if raw else None,
        "",
        "`sqlite:///path` or `postgresql://user:password@host:port/name`. "
        "Empty: `opsledger.sqlite3` in the data directory.",
        group=STORE,
        secret=True,
    )
    database_pool: int = variable(
        "ITSM_DATABASE_POOL",
        values.whole_number(0, 100),
        "0",
        "PostgreSQL: the most connections that one process keeps in a pool. 0: one persistent connection a thread.",
        group=STORE,
    )
    redis_url: str = variable(
        "REDIS_URL",
        values.redis,
        "",
        "`redis://host:port/0`, Celery's broker. Empty: Celery exchanges messages as files in the data directory.",
        group=STORE,
        secret=True,
    )
    port: int = variable(
        "PORT",
        values.whole_number(1, 65535),
        "8000",
        "The port that the web process listens on.",
        group=WEB,
    )
    bind: str = variable(
        "ITSM_BIND",
        values.text(minimum=1, maximum=255),
        "127.0.0.1",
        "The address that the web process listens on; `0.0.0.0` for every interface.",
        group=WEB,
    )
    public_url: str = variable(
        "ITSM_PUBLIC_URL",
        lambda raw: values.http_url(raw) if raw else "",
        "",
        "The address that people and alert sources use; required and https in production. Empty: http://localhost:PORT.",
        group=WEB,
    )
    allowed_hosts: tuple[str, ...] = variable(
        "ITSM_ALLOWED_HOSTS",
        values.hosts,
        "",
        "Host names that requests may carry, comma-separated, beside loopback. Empty: that of the public URL. "
        "`*` is refused in production.",
        group=WEB,
    )
    trusted_proxies: tuple[values.Network, ...] = variable(
        "ITSM_TRUSTED_PROXIES",
        values.networks,
        "",
        "Addresses or networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; "
        "those of anyone else are dropped.",
        group=WEB,
    )
    web_workers: int = variable(
        "ITSM_WEB_WORKERS",
        values.whole_number(0, 64),
        "0",
        "Web processes. 0: one on SQLite, two on PostgreSQL.",
        group=WEB,
    )
    web_threads: int = variable(
        "ITSM_WEB_THREADS",
        values.whole_number(1, 64),
        "4",
        "Threads of each web process.",
        group=WEB,
    )
    worker_processes: int = variable(
        "ITSM_WORKER_PROCESSES",
        values.whole_number(1, 64),
        "2",
        "Child processes of the Celery worker.",
        group=WEB,
    )
    api_rate_limit: int = variable(
        "ITSM_API_RATE_LIMIT",
        values.whole_number(0, 10_000_000),
        "6000",
        "Calls a minute that one key or person may make to the API; alert intakes are exempt. 0: no limit.",
        group=WEB,
    )
    metrics_token: str = variable(
        "ITSM_METRICS_TOKEN",
        lambda raw: values.text(minimum=16, maximum=512)(raw) if raw else "",
        "",
        "Bearer token that `/metrics` asks for. Empty: answered only to loopback.",
        group=WATCH,
        secret=True,
    )
    deadman_url: str = variable(
        "ITSM_DEADMAN_URL",
        lambda raw: values.http_url(raw) if raw else "",
        "",
        "`manage.py watchdog` fetches this address after each audit that found nothing wrong, "
        "so that its silence raises an alarm elsewhere.",
        group=WATCH,
        secret=True,
    )
    inbox_days: int = variable(
        "ITSM_INBOX_DAYS",
        values.whole_number(1, 3650),
        "90",
        "How many days the stored bodies of alerts are kept once they are applied; what needs a person stays.",
        group=LEDGER,
    )
    ledger_signing_key_file: Path | None = variable(
        "ITSM_LEDGER_SIGNING_KEY_FILE",
        values.optional_path,
        "",
        "A PEM file with the Ed25519 key that signs exports. Empty: one is generated into the data directory.",
        group=LEDGER,
    )


def variables() -> list[Variable]:
    """The rows of the table, in the order in which they are documented."""
    return [field.metadata["variable"] for field in dataclasses.fields(Environment)]


def read(given: Mapping[str, str], root: Path) -> Environment:
    """Parse `given` (the process's environment) and the .env file under `root`.

    Raises ConfigurationError with one sentence for the first variable that is unknown or malformed.
    """
    merged = {**_env_file(given, root), **given}
    known = {row.name: row for row in variables()}
    for name in sorted(merged):
        if name.startswith(PREFIX) and name not in known:
            raise ConfigurationError(_unknown(name, known))
    parsed: dict[str, object] = {}
    for field in dataclasses.fields(Environment):
        row: Variable = field.metadata["variable"]
        try:
            parsed[field.name] = row.parse(merged.get(row.name, row.default).strip())
        except values.Malformed as error:
            raise ConfigurationError(f"{row.name} is malformed: {error}.") from None
    return Environment(**parsed)  # type: ignore[arg-type]  # each value comes from its own field's parser


def _env_file(given: Mapping[str, str], root: Path) -> dict[str, str]:
    named = given.get(ENV_FILE_VARIABLE)
    if named == "":
        return {}
    file = Path(named) if named else root / ".env"
    if not file.is_file():
        if named:
            raise ConfigurationError(f"{ENV_FILE_VARIABLE} is malformed: there is no file {named!r}.")
        return {}
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        if not _ENV_LINE.match(line):
            raise ConfigurationError(f"Line {number} of {file} is malformed: expected NAME=value or a comment.")

    class FileOnly(environ.Env):  # type: ignore[misc]  # untyped
        """Collects into a mapping of its own, so that the process's environment stays as it is."""

        ENVIRON: dict[str, str] = {}

    FileOnly.ENVIRON = {}
    FileOnly.read_env(file)
    return FileOnly.ENVIRON


def _unknown(name: str, known: Mapping[str, Variable]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else "docs/configuration.md lists those that exist."
    return f"{name} is not a setting of Opsledger: {hint}"
