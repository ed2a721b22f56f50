"""Settings of every process, read from the environment.

`THROUGHLINE_MODE` is `production` unless said otherwise: a forgotten variable ends in a refusal, not in an open door.
Without `DATABASE_URL` and `CELERY_BROKER_URL` Throughline is embedded: SQLite, and Beat runs the tasks itself.
"""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from tracker import logs
from tracker.evidence_storage import evidence_storage
from tracker.secret import kept_secret

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

MODE = env.str("THROUGHLINE_MODE", default="production")
if MODE not in {"demo", "production"}:
    raise ImproperlyConfigured(f"THROUGHLINE_MODE is {MODE!r}: it must be 'demo' or 'production'.")
DEMO = MODE == "demo"
DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = Path(env.str("THROUGHLINE_VAR", default=str(BASE_DIR / "var")))

SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEMO:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set: give production a long random one, or set THROUGHLINE_MODE=demo to try Throughline."
        )
    SECRET_KEY = kept_secret(VAR_DIR / "secret-key")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"] if DEMO else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Applications ---------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "models_registry",
    "governance",
    "tracker",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "template_partials.apps.SimpleAppConfig",
]

MIDDLEWARE = [
    "tracker.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tracker.web.viewer.SignedIn",
    "tracker.web.viewer.ReadersZone",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "tracker.web.errors.Refusals",
]

ROOT_URLCONF = "tracker.urls"
WSGI_APPLICATION = "tracker.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Templates ------------------------------------------------------------------------------------------------------

# Cotton's loader also finds ordinary templates, in TEMPLATES["DIRS"] and in the apps; partials wrap whatever it finds.
_FINDERS: list[Any] = ["django_cotton.cotton_loader.Loader", "django.template.loaders.app_directories.Loader"]
_LOADERS = _FINDERS if DEBUG else [("django.template.loaders.cached.Loader", _FINDERS)]
COTTON_DIR = "components"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("template_partials.loader.Loader", _LOADERS)],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
                "tracker.templatetags.throughline",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tracker.web.context.shell",
            ],
        },
    }
]

# --- Database -------------------------------------------------------------------------------------------------------

# Not written as an address: a folder's name may hold characters that mean something else in one.
_EMBEDDED = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(VAR_DIR / "throughline.sqlite3")}
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db("DATABASE_URL") if env.str("DATABASE_URL", default="") else _EMBEDDED
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock at the start, where waiting is possible; upgrading a read lock later is not.
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
    # Compiling a list page's query takes seconds and saves milliseconds: PostgreSQL judges by cost, and guesses high.
    DATABASES["default"]["OPTIONS"].setdefault("options", "-c jit=off")

# Rows, so that what one process notes every other one knows: which code of a second factor was used already.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "tracker_sharedcache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- Celery ---------------------------------------------------------------------------------------------------------

CELERY_TASK_ALWAYS_EAGER = not env.str("CELERY_BROKER_URL", default="")
CELERY_BROKER_URL = "memory://localhost" if CELERY_TASK_ALWAYS_EAGER else env.str("CELERY_BROKER_URL")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3.0
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,  # seconds after which a task of a killed worker is handed to another
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 15,
    "socket_connect_timeout": 5,
}
# The schedule is short enough to be kept in memory; a file would be one more thing that can break.
CELERY_BEAT_SCHEDULER = "tracker.beat:SteadyScheduler"
CELERY_TIMEZONE = "UTC"

# --- Sign-in --------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "models_registry.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "tracker.accounts.ClosedSignUpAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# Guessing is axes' business, which counts by account and address, and tells for how long a door stays shut.
ACCOUNT_RATE_LIMITS = {"login": False, "login_failed": False, "signup": False}

# A second factor is everybody's own choice; who has one gives it at the door and with each signature.
MFA_ADAPTER = "tracker.second_factor.SealedAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Throughline"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are an administrator's word here; nobody verifies them by mail

TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)  # how many reverse proxies stand in front and set X-Forwarded-*
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
# One person from one address: neither a shared office address nor a stranger can lock somebody else out.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_USERNAME_CALLABLE = "tracker.accounts.tried_email"
AXES_LOCKOUT_CALLABLE = "tracker.accounts.locked_out"
AXES_CLIENT_IP_CALLABLE = "tracker.accounts.client_address"
AXES_VERBOSE = False

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "tracker.web.errors.csrf_failure"

# --- Mail -----------------------------------------------------------------------------------------------------------

_MAIL = env.email("EMAIL_URL", default="filemail://" if DEMO else "consolemail://")
EMAIL_BACKEND = _MAIL["EMAIL_BACKEND"]
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
EMAIL_HOST = _MAIL.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = _MAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _MAIL.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _MAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = bool(_MAIL.get("EMAIL_USE_TLS"))
EMAIL_USE_SSL = bool(_MAIL.get("EMAIL_USE_SSL"))
EMAIL_TIMEOUT = 10
# So many messages go to one person over one channel in an hour; what comes beyond becomes one. 0: no end.
ALERTS_PER_HOUR = env.int("ALERTS_PER_HOUR", default=5)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Throughline <throughline@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Where the links in mails lead; a task has no request to read it from.
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}").rstrip("/")

# --- Addresses that people type -------------------------------------------------------------------------------------

# Networks, addresses and hosts inside the house that alerts may go to all the same.
OUTBOUND_ALLOW = env.list("OUTBOUND_ALLOW", default=[])
# What their addresses are encrypted with, the newest first; empty: what is derived from SECRET_KEY.
SECRETS_KEYS = env.list("SECRETS_KEYS", default=[])

# --- Language, time, files ------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

_PACKAGES = BASE_DIR / "node_modules"
STATIC_URL = "/static/"
# The demo serves straight from the packages; production serves what collectstatic gathered, hashed and compressed.
STATIC_ROOT = None if DEMO else Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [
    # Not libs/: we use none of it, and some of its files refer to others that are not there.
    *((f"vendor/tabler/{part}", _PACKAGES / "@tabler" / "core" / "dist" / part) for part in ("css", "img", "js")),
    ("vendor/chart", _PACKAGES / "chart.js" / "dist"),
    ("vendor/dagre", _PACKAGES / "@dagrejs" / "dagre" / "dist"),
    ("vendor/inter", _PACKAGES / "@fontsource-variable" / "inter"),
    ("vendor/jetbrains-mono", _PACKAGES / "@fontsource-variable" / "jetbrains-mono"),
]
WHITENOISE_USE_FINDERS = DEMO
_STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"
_HASHED = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": evidence_storage(env.str("EVIDENCE_STORAGE", default="")),
    "staticfiles": {"BACKEND": _STATIC if DEMO else _HASHED},
}
MEDIA_ROOT = VAR_DIR / "media"
# Where the head of the trail is written every day, to be kept elsewhere.
SEALS_DIR = Path(env.str("THROUGHLINE_SEALS", default=str(VAR_DIR / "seals")))
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000  # the columns of a wide dataset, three fields each
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "tracker.web.oversize.SmallUploads",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- Security headers -----------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
HTTPS = env.bool("THROUGHLINE_HTTPS", default=not DEMO)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=HTTPS)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Logs and API ---------------------------------------------------------------------------------------------------

LOGGING = logs.configure(env.str("LOG_LEVEL", default="INFO"))
DJANGO_STRUCTLOG_CELERY_ENABLED = False
REST_FRAMEWORK = {
    # The first one says how a stranger is asked to sign in: with a token.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tracker.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "tracker.api.schema.Schema",
    "EXCEPTION_HANDLER": "tracker.api.refusals.answer_refusal",
    "UNICODE_JSON": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Throughline",
    "DESCRIPTION": "Every model from the brief to live, with one accountable owner per stage.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "StageEnum": "tracker.api.shapes.STAGES",
        "TierEnum": "tracker.api.shapes.TIERS",
        "VisitStateEnum": "tracker.api.shapes.VISIT_STATES",
    },
}
