"""How log lines look: one event is one line, whatever text it carries, and secrets are blotted out."""

import json
import logging
import logging.config
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

EventDict = MutableMapping[str, Any]

# Keys whose value is never written, compared in lower case and by part: "x-api-key", "db_password".
_SECRET_KEY = re.compile(
    r"passw|secret|token|api[-_]?key|routing[-_]?key|authorization|cookie|credential|session|signature|private",
    re.IGNORECASE,
)
# Credentials inside a text: in a URL, after "Bearer" or "Basic", keys of our own by their prefix, and what stands in
# an address of ours where a route takes a key, whether or not the request came as far as that route.
_SECRET_TEXT = re.compile(
    r"(?P<url>://[^/\s:@]*:)[^/\s@]+(?=@)|(?P<scheme>\b(?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=-]+|\bops_[A-Za-z0-9_-]{8,}"
    r"|(?P<path>/webhooks/alerts/[^/\s]+/|/choose-password/[^/\s]+/)[^/\s?]{16,}"
)
# Control characters, and the characters that some readers take for the end of a line or that turn
# the direction of what follows.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_BLOT = "[hidden]"
_MAXIMUM_TEXT = 4000
_MAXIMUM_TRACEBACK = 16_000


def configure(*, level: str, as_json: bool, uncaught: bool = False) -> None:
    """Send the events of structlog and of the standard library to standard error, each as one line.

    `uncaught`: the exception that ends the process is such a line too, instead of a traceback for people.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": [
                        structlog.stdlib.PositionalArgumentsFormatter(),
                        *shared,
                    ],
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        blot_secrets,
                        json_line if as_json else text_line,
                    ],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": level.upper()},
            "loggers": {
                # RequestLog writes one line a request; Django would write a second one for 4xx and 5xx.
                "django.request": {"level": "CRITICAL"},
                "django.server": {"handlers": [], "propagate": True, "level": "WARNING"},
                "django.security.DisallowedHost": {"level": "CRITICAL"},
                "celery.worker.strategy": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"},
                "celery.beat": {"level": "WARNING"},
            },
        }
    )
    logging.captureWarnings(True)
    if uncaught:
        sys.excepthook = _log_uncaught


def blot_secrets(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Replace the values of secret keys, and credentials inside any text, at every depth."""
    return {key: _blotted(key, value) for key, value in event.items()}


def _blotted(key: str, value: Any, depth: int = 0) -> Any:
    if value and _SECRET_KEY.search(key) and not isinstance(value, bool):
        return _BLOT
    if isinstance(value, str):
        return _SECRET_TEXT.sub(lambda found: (found["url"] or found["scheme"] or found["path"] or "") + _BLOT, value)
    if depth < 6 and isinstance(value, dict):
        return {str(inner): _blotted(str(inner), item, depth + 1) for inner, item in value.items()}
    if depth < 6 and isinstance(value, list | tuple | set | frozenset):
        return [_blotted("", item, depth + 1) for item in value]
    return value


def json_line(_logger: Any, _name: str, event: EventDict) -> str:
    """Render an event as one JSON object; every character outside printable ASCII is escaped."""
    ordered = {"time": event.get("time"), "level": event.get("level"), "event": str(event.get("event", ""))}
    ordered.update(event)
    return json.dumps({key: _shortened(key, value) for key, value in ordered.items()}, default=str, ensure_ascii=True)


def text_line(_logger: Any, _name: str, event: EventDict) -> str:
    """Render an event as one readable line; a traceback follows on lines of its own, indented."""
    rest = dict(event)
    time, level, message = rest.pop("time", ""), rest.pop("level", ""), rest.pop("event", "")
    traceback = rest.pop("exception", "")
    rest.pop("logger", None)
    pairs = " ".join(f"{key}={_plain(value)}" for key, value in rest.items() if value is not None)
    line = f"{time} {level:<7} {_escaped(str(message))} {pairs}".rstrip()
    # On a desk a traceback is read by people; its lines are indented so that none passes for an event.
    lines = "".join(f"\n    {_escaped(part)}" for part in str(traceback).splitlines())
    return line[: _MAXIMUM_TEXT * 2] + lines[:_MAXIMUM_TRACEBACK]


def _shortened(key: str, value: Any) -> Any:
    limit = _MAXIMUM_TRACEBACK if key == "exception" else _MAXIMUM_TEXT
    if isinstance(value, str) and len(value) > limit:
        return value[:limit] + "…"
    return value


def _plain(value: Any) -> str:
    if isinstance(value, str):
        escaped = _escaped(value[:_MAXIMUM_TEXT])
        return f'"{escaped}"' if re.search(r'[\s"=]', escaped) or not escaped else escaped
    return _escaped(str(value)[:_MAXIMUM_TEXT])


def _escaped(value: str) -> str:
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", value)


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger("itsm_site").critical("uncaught exception", exc_info=(kind, error, trace))
