"""Settings, all from the environment. Safe defaults; production refuses unsafe ones at start."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.unfold import UNFOLD as UNFOLD

BASE_DIR = Path(__file__).resolve().parent.parent
MAINSTAY_HOME = Path(os.environ.get("MAINSTAY_HOME") or BASE_DIR / ".mainstay")
PRODUCTION = os.environ.get("MAINSTAY_ENV", "development") == "production"
DEBUG = os.environ.get("MAINSTAY_DEBUG", "") == "1" and not PRODUCTION
PORT = int(os.environ.get("PORT") or 8000)


def _secret(name: str) -> str:
    value = os.environ.get(name, "")
    if value:
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(f"Set {name}: production does not start with a default.")
    return f"development-only-{name.lower()}-not-for-production-use"


SECRET_KEY = _secret("MAINSTAY_SECRET_KEY")
# Encrypts signing keys and other secrets at rest; several, newest first, for rotation.
ENCRYPTION_KEYS = [
    key for key in os.environ.get("MAINSTAY_ENCRYPTION_KEY", "").split(",") if key
] or [_secret("MAINSTAY_ENCRYPTION_KEY")]

# The vendor's host decides what is shown, and an unknown host shows nothing (tenants/middleware).
ALLOWED_HOSTS = ["*"] if not PRODUCTION else os.environ.get("MAINSTAY_HOSTS", "").split(",")

INSTALLED_APPS = [
    # Not unfold's own configuration: it would put its admin site in the place of ours.
    "unfold.apps.BasicAppConfig",
    "tenants.admin_app.MainstayAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",  # its widget templates, which our form renderer draws with
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.idp.oidc",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "django_htmx",
    "django_tables2",
    "django_filters",
    "template_partials",
    "runtime",
    "web",
    "tenants",
    "programs",
    "partners",
    "alerts",
    "reviews",
    "certifications",
    "licensing",
    "deals",
    "scorecards",
    "demo",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "web.middleware.ContentSecurityPolicy",
    "tenants.middleware.VendorMiddleware",
    "tenants.api.door.ApiMiddleware",
    "tenants.middleware.HostSessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenants.middleware.ScopeMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "web.context.shell",
            ],
        },
    }
]


def database(url: str, **options: object) -> dict[str, object]:
    """Django's entry for ``postgresql://user:password@host:port/name?host=/socket/folder``."""
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "tenants.database",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {**query, **options},
    }


def _cursor_class() -> type:
    from tenants.cursor import WalledCursor

    return WalledCursor


if find_spec("psycopg") is not None:
    # Django silently prefers psycopg 3 wherever it can be imported; the walls ride on psycopg2.
    raise ImproperlyConfigured("psycopg 3 is installed: uninstall it (pip uninstall psycopg).")

_NO_DATABASE = "postgresql://mainstay_app@127.0.0.1:1/mainstay"
_app_url = os.environ.get("DATABASE_URL", _NO_DATABASE)
DATABASES = {
    # The runtime role: DML only, owns nothing, every statement carries the scope.
    "default": database(_app_url, cursor_factory=_cursor_class()),
    # Sweeps over all vendors: past the walls, so only tasks' sweep_ actions use it.
    "ops": database(os.environ.get("DATABASE_OPS_URL", _app_url)),
}
if os.environ.get("DATABASE_OWNER_URL"):
    # Migrations only. Web and worker are started without it and refuse to run as it.
    DATABASES["owner"] = database(os.environ["DATABASE_OWNER_URL"])
# PostgreSQL plans frequent statements once per connection. Set to 0 behind a pooler that hands out
# another connection per transaction.
PREPARED_STATEMENTS = os.environ.get("MAINSTAY_PREPARED", "1") == "1"
DATABASE_ROUTERS = ["tenants.router.OwnerMigrates"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_FORMS = {
    "login": "tenants.account_forms.LoginForm",
    "request_login_code": "tenants.account_forms.RequestLoginCodeForm",
    "reset_password": "tenants.account_forms.ResetPasswordForm",
    "add_email": "tenants.account_forms.AddEmailForm",
    "change_password": "tenants.account_forms.ChangePasswordForm",
    "set_password": "tenants.account_forms.SetPasswordForm",
    "reset_password_from_key": "tenants.account_forms.ResetPasswordKeyForm",
}
ACCOUNT_ADAPTER = "tenants.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "tenants.second_factor.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
USERSESSIONS_TRACK_ACTIVITY = False

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static-built"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "web.static_files.PackageFinder",
]
FILES_ROOT = Path(os.environ.get("MAINSTAY_FILES") or MAINSTAY_HOME / "files")
STORAGES = {
    # Never served by address: files leave through the one download that asks who may see them.
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": FILES_ROOT,
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    # Hashed names once collectstatic has run (the image); plain names from the sources before.
    "staticfiles": {"BACKEND": "web.static_files.HashedStorage"},
}
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "staticfiles.json").exists()
WHITENOISE_AUTOREFRESH = DEBUG
NODE_MODULES = BASE_DIR / "node_modules"
FORM_RENDERER = "web.forms.FormRenderer"
DJANGO_TABLES2_TEMPLATE = "web/table.html"
CSRF_FAILURE_VIEW = "web.views.csrf_failure"

EMAIL_BACKEND = os.environ.get(
    "MAINSTAY_EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = MAINSTAY_HOME / "mail"
DEFAULT_FROM_EMAIL = os.environ.get("MAINSTAY_FROM_EMAIL", "Mainstay <no-reply@mainstay.localhost>")

REDIS_URL = os.environ.get("REDIS_URL", "")
# Shared where there is a Redis, so that sign-in limits count over all processes.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
# Sign-in limits count by the client's address: say how many proxies of yours stand in front.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("MAINSTAY_TRUSTED_PROXIES", "0"))
# Webhooks go to public addresses only. "1" admits this very machine, for tests and trials.
WEBHOOKS_TO_LOOPBACK = os.environ.get("MAINSTAY_WEBHOOKS_TO_LOOPBACK", "") == "1"
if WEBHOOKS_TO_LOOPBACK and PRODUCTION:
    raise ImproperlyConfigured("Unset MAINSTAY_WEBHOOKS_TO_LOOPBACK: production never allows it.")
CELERY_BROKER_FOLDER = os.environ.get("MAINSTAY_BROKER", str(MAINSTAY_HOME / "broker"))

REST_FRAMEWORK = {
    # Nothing is open by default: tenants.api.ScopedView brings the door and the rights.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["web.api.closed.Nobody"],
    "DEFAULT_PARSER_CLASSES": ["web.api.formats.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["web.api.formats.JsonRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "web.api.formats.OneFormat",
    "DEFAULT_SCHEMA_CLASS": "web.api.schema.ResourceSchema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["web.api.formats.JsonRenderer"],
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "web.api.problems.ProblemHandler",
    "EXCEPTION_FORMATTER_CLASS": "web.api.problems.ProblemFormatter",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Mainstay",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["web.api.schema.finished"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 12_000_000  # an import of 10 MB and its envelope
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a form of the program editor with several full lists
# Requests a minute that one API client, and all clients of one vendor, may make; a guard against
# loops. Counted over all web processes where there is a Redis.
API_RATE_PER_MINUTE = int(os.environ.get("MAINSTAY_API_RATE", "6000"))
API_VENDOR_RATE_PER_MINUTE = int(os.environ.get("MAINSTAY_API_VENDOR_RATE", "30000"))

# Days forward (or back) that the demo's clock is moved; shown as a banner on every page.
NOW_OFFSET_DAYS = int(os.environ.get("MAINSTAY_NOW_OFFSET", "0"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": os.environ.get("MAINSTAY_LOG", "WARNING")},
}
