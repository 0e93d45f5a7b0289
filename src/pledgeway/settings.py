"""Django's settings, from the environment.

DATABASE_URL names the database (by default SQLite in the present folder); SECRET_KEY and ALLOWED_HOSTS must be set to
serve outside demo mode, which PLEDGEWAY_DEMO=1 switches on; PLEDGEWAY_SECOND_FACTOR_ROLES lists the roles, with commas
between, that must sign in with a second factor.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url

SQLITE_FILE = "pledgeway.sqlite3"
SECONDS_TO_WAIT_FOR_A_WRITER = 60
SECONDS_TO_KEEP_A_CONNECTION = 60


def database(url: str | None) -> dict[str, Any]:
    """Return Django's settings of the database at ``url`` (None: SQLite in the present folder).

    Raises ValueError for an address that is neither SQLite's nor PostgreSQL's.
    """
    try:
        found: dict[str, Any] = dict(dj_database_url.parse(url or f"sqlite:///{Path.cwd() / SQLITE_FILE}"))
    except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError) as failure:
        raise ValueError(f"DATABASE_URL is no address of a database: {failure}") from None
    if found["ENGINE"] == "django.db.backends.sqlite3":
        found["OPTIONS"] = {
            # A transaction takes the one place for a writer at its start: nobody reads what is about to change.
            "transaction_mode": "IMMEDIATE",
            "timeout": SECONDS_TO_WAIT_FOR_A_WRITER,
            "init_command": "PRAGMA journal_mode=WAL;",
        }
    elif found["ENGINE"] != "django.db.backends.postgresql":
        raise ValueError("DATABASE_URL must name SQLite (sqlite:///file) or PostgreSQL (postgresql://...)")
    else:
        # PostgreSQL would compile what it takes for long queries, for a second or two each; they take a few hundredths.
        own = found.get("OPTIONS", {})
        found["OPTIONS"] = own | {"options": f"-c jit=off {own.get('options', '')}".strip()}
        # A new connection costs more than most queries: each thread keeps its own, and asks whether it still lives.
        found |= {"CONN_MAX_AGE": SECONDS_TO_KEEP_A_CONNECTION, "CONN_HEALTH_CHECKS": True}
    return found


def words(name: str) -> list[str]:
    """Return what the environment's variable ``name`` lists with commas between."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


DEMO = os.environ.get("PLEDGEWAY_DEMO") == "1"
DATABASES = {"default": database(os.environ.get("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = os.environ.get("SECRET_KEY", "")
ALLOWED_HOSTS = words("ALLOWED_HOSTS") or (["127.0.0.1", "localhost"] if DEMO else [])
INSTALLED_APPS = [
    "pledgeway.access",
    "pledgeway.registry",
    "pledgeway.evidence",
    "pledgeway.forums",
    "pledgeway.ledger",
    "pledgeway.plans",
    "pledgeway.portal",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pledgeway.portal.middleware.PortalMiddleware",
]
ROOT_URLCONF = "pledgeway.portal.urls"
WSGI_APPLICATION = "pledgeway.portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pledgeway.portal.context.frame",
            ],
            "builtins": ["pledgeway.portal.templatetags.look"],
        },
    }
]
# Sign-in is counted where every worker sees it.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "access_cache"}}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "pledgeway.portal.signing_in.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "20/m/ip,5/5m/key"}
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_PREVENT_ENUMERATION = True
# Behind the one proxy that X-Forwarded-For speaks of, each client is counted by its own address.
ALLAUTH_TRUSTED_PROXY_COUNT = 0 if DEMO else 1
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Pledgeway"
SECOND_FACTOR_ROLES = words("PLEDGEWAY_SECOND_FACTOR_ROLES")

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not DEMO
SECURE_HSTS_SECONDS = 0 if DEMO else 365 * 24 * 3600
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_AGE = 12 * 3600
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20

STATIC_URL = "/static/"
STATICFILES_DIRS = [Path(__file__).parent / "pictures" / "static"]
STATIC_ROOT = os.environ.get("PLEDGEWAY_STATIC_ROOT", "")
WHITENOISE_USE_FINDERS = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}


def insecure() -> list[str]:
    """Return what keeps a server outside demo mode from being safe to start, a sentence each."""
    reasons = []
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10:
        reasons.append("SECRET_KEY must be a random text of at least 50 characters: openssl rand -base64 48")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        reasons.append("ALLOWED_HOSTS must name the hosts that are served, with commas between: pledgeway.example.org")
    return reasons
