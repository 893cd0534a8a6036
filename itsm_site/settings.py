"""Django's settings, made from the environment that `itsm_site.environment` describes; nothing else reads it."""

import os
import sys
from pathlib import Path
from typing import Any

from django.contrib.messages import constants as messages

from itsm_site import broker, databases, production
from itsm_site.environment import ConfigurationError, read
from itsm_site.logging import configure
from itsm_site.schedule import beat_schedule
from itsm_site.secret_key import development_key

BASE_DIR = Path(__file__).resolve().parent.parent

try:
    ENVIRONMENT = read(os.environ, BASE_DIR)
    production.refuse_unsafe(ENVIRONMENT)
except ConfigurationError as error:
    # A sentence for the person at the terminal, instead of a traceback that ends in one.
    sys.stderr.write(f"Opsledger cannot start: {error}\n")
    raise SystemExit(2) from None

# --- where and how we run ------------------------------------------------------------------------

ITSM_ENV = ENVIRONMENT.mode
PRODUCTION = ITSM_ENV == "production"
DEVELOPMENT = ITSM_ENV == "development"
DEBUG = ENVIRONMENT.debug
PORT = ENVIRONMENT.port
ITSM_DATA_DIR = ENVIRONMENT.data_dir
ITSM_DATA_DIR.mkdir(parents=True, exist_ok=True)
ITSM_PUBLIC_URL = ENVIRONMENT.public_url or f"http://localhost:{PORT}"
ITSM_TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
ITSM_METRICS_TOKEN = ENVIRONMENT.metrics_token
ITSM_DEADMAN_URL = ENVIRONMENT.deadman_url
ITSM_API_RATE_LIMIT = ENVIRONMENT.api_rate_limit
ITSM_INBOX_DAYS = ENVIRONMENT.inbox_days
LEDGER_SIGNING_KEY_FILE = ENVIRONMENT.ledger_signing_key_file or ITSM_DATA_DIR / "ledger-signing-key.pem"
REDIS_URL = ENVIRONMENT.redis_url

SECRET_KEY = ENVIRONMENT.secret_key or development_key(ITSM_DATA_DIR)
SECRET_KEY_FALLBACKS = list(ENVIRONMENT.secret_key_fallbacks)
ALLOWED_HOSTS = list(production.allowed_hosts(ENVIRONMENT, ITSM_PUBLIC_URL))

ROOT_URLCONF = "itsm_site.urls"
WSGI_APPLICATION = "itsm_site.wsgi.application"

# --- applications ----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "itsm_site",
    "api",
    "integrations",
    "problems",
    "incidents",
    "changes",
    "cmdb",
    "timeline",
    "orgs",
    "itsm_site.admin_app.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "template_partials",
    "django_prometheus",
]

# What has happened -> what inserts rows because of it, in the same transaction. Prefix of the event
# type -> dotted function; `timeline.commands.record` calls them in this order.
ITSM_REACTORS: list[tuple[str, str]] = [
    ("INCIDENT_", "incidents.deadlines.move"),
    ("INCIDENT_", "incidents.durations.sample"),
    ("INCIDENT_", "problems.recurrence.notice"),
]

# Who may name what caused an incident: dotted functions, incident -> suspects (`incidents.suspects`).
ITSM_SUSPECT_FINDERS: list[str] = []

# What else an approver should see of a change: dotted functions, (change, ids of configuration items) -> findings
# (`changes.evidence`).
ITSM_EVIDENCE_SOURCES: list[str] = []

# Whether a commit wakes a worker; without it, work waits for beat's next sweep. Tests wake nobody.
DOORBELL_ENABLED = ITSM_ENV != "test"

# From the outermost inwards: a request passes them downwards, its response upwards.
MIDDLEWARE = [
    "itsm_site.middleware.proxies.TrustedProxies",
    "itsm_site.middleware.request_log.RequestLog",
    "itsm_site.middleware.head_requests.HeadRequests",
    "itsm_site.middleware.security_headers.SecurityHeaders",
    "itsm_site.middleware.refusals.Refusals",
    "itsm_site.middleware.host_check.HostCheck",
    "itsm_site.middleware.body_gate.BodyGate",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "itsm_site.middleware.session_age.SessionAge",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "orgs.middleware.CurrentOrganisation",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "itsm_site.navigation.shell",
            ],
        },
    },
]

# A message is shown as a note; these are the notes' own words.
MESSAGE_TAGS = {messages.SUCCESS: "ok", messages.WARNING: "warn", messages.ERROR: "bad"}

# --- database --------------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": databases.entry(
        ENVIRONMENT.database,
        data_dir=ITSM_DATA_DIR,
        pool=ENVIRONMENT.database_pool,
    )
}
SQLITE = databases.is_sqlite(DATABASES["default"])
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Per process and short-lived by design: nothing that must hold across processes is kept here.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- people and sessions ---------------------------------------------------------------------------

AUTH_USER_MODEL = "orgs.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 12}  # type: ignore[assignment]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "sign-in"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 8 * 3600  # idle; each request with a session moves it on
SESSION_SAVE_EVERY_REQUEST = False  # SessionAge saves at most once a minute instead
ITSM_SESSION_ABSOLUTE_SECONDS = 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # scripts read the token from the page
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "itsm_site.failures.csrf_failure"
# The __Host- prefix needs Secure, and Secure needs TLS, which a desk does not have.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "opsledger_session"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "opsledger_csrf"
CSRF_TRUSTED_ORIGINS = [ITSM_PUBLIC_URL] if PRODUCTION else []

# --- requests --------------------------------------------------------------------------------------

APPEND_SLASH = False
USE_X_FORWARDED_HOST = False
# TrustedProxies has removed this header where it did not come from a proxy of ours.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# SecurityHeaders sets all of these headers itself, in one place.
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
X_FRAME_OPTIONS = "DENY"
# The body gate bounds every body before Django reads it; this is the bound of the widest gate.
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 10

# --- text, time, files -----------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = ITSM_DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Names with a hash of their content can be cached for ever, but need `collectstatic` to have run,
# which `manage.py serve` does. Without its manifest, files are found where they were written.
HASHED_STATIC = PRODUCTION or (not DEBUG and (STATIC_ROOT / "staticfiles.json").is_file())
WHITENOISE_USE_FINDERS = not HASHED_STATIC
WHITENOISE_AUTOREFRESH = not HASHED_STATIC
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if HASHED_STATIC
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}

# --- Celery ----------------------------------------------------------------------------------------

_broker = broker.settings_for(REDIS_URL, ITSM_DATA_DIR)
CELERY_BROKER_URL = _broker["url"]
CELERY_BROKER_TRANSPORT = _broker["transport"]
CELERY_BROKER_TRANSPORT_OPTIONS = _broker["options"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever: the broker's absence is nobody's death
CELERY_IMPORTS = ["itsm_site.tasks"]
CELERY_TASK_QUEUES = {name: {"exchange": name, "routing_key": name} for name in broker.QUEUES}
CELERY_TASK_DEFAULT_QUEUE = "timers"
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 90
CELERY_TASK_PUBLISH_RETRY = False  # a doorbell may fail: the sweep comes anyway
CELERY_WORKER_CONCURRENCY = ENVIRONMENT.worker_processes
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 5000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "itsm_site.beat.Scheduler"
CELERY_BEAT_SCHEDULE = beat_schedule()
CELERY_BEAT_SCHEDULE_FILENAME = str(ITSM_DATA_DIR / "beat-schedule")
# --- logs ------------------------------------------------------------------------------------------

LOGGING_CONFIG = None  # configured here and now, so that failures of the start are logged alike
configure(
    level=ENVIRONMENT.log_level,
    as_json=ENVIRONMENT.log_format == "json" or (ENVIRONMENT.log_format == "auto" and not DEVELOPMENT),
    uncaught=PRODUCTION,
)

# --- API -------------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Opsledger",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.1",
    # The schemas are written by hand (`api.base.shapes`): nothing has to be guessed afterwards.
    "POSTPROCESSING_HOOKS": [],
    "DEFAULT_GENERATOR_CLASS": "api.documentation.Generator",
}

SILENCED_SYSTEM_CHECKS = [
    # TLS ends at the reverse proxy, and alert sources inside the network post over plain http: a
    # redirect would lose their bodies. HSTS is sent on every secure response.
    "security.W008",
    # Our own middleware sends these headers, with a test on every page.
    "security.W001",
    "security.W002",
    # HSTS for sub-domains and preload lists commit a whole domain; that is the operator's to decide.
    "security.W005",
    "security.W021",
]
