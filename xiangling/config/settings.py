"""Django settings of every installation; what differs between them comes from the environment."""

from __future__ import annotations

import logging
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from .environment import database, environment, is_demo, read_or_create_key
from .parts import ADAPTERS, HOUSE, READ_SIDE, domain_apps

ENV = environment()
TESTING = "pytest" in sys.modules
PACKAGE = Path(__file__).resolve().parent.parent

# Where things are kept -----------------------------------------------------------------------------

DATA_DIR = ENV.data
PACKS_DIR = PACKAGE / "packs"
MEDIA_ROOT = DATA_DIR / "files"
FONTS_DIR = ENV.fonts
STATIC_ROOT = DATA_DIR / "static"
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "incoming"
for _folder in (FILE_UPLOAD_TEMP_DIR, STATIC_ROOT):
    _folder.mkdir(parents=True, exist_ok=True)
DATABASES = {"default": database(ENV)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = read_or_create_key(DATA_DIR / "secret.key", ENV.secret_key)
FIELD_KEY = read_or_create_key(DATA_DIR / "field.key", ENV.field_key)
NODE, NODE_KEY, UPPER_URL = ENV.node, ENV.node_key, ENV.upper_url
DEBUG = ENV.debug
DEMO = ENV.offers_personas
DEMO_CITY = is_demo(DATA_DIR)

# Parts ---------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    *HOUSE,
    *domain_apps(),
    *ADAPTERS,
    *READ_SIDE,
    "django.contrib.staticfiles",
    "django_htmx",
    "django_cotton",
    "csp",
    "ninja",
    "django.contrib.messages",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
]

MIDDLEWARE = [
    "xiangling.config.proxy.ClientBehindProxy",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "xiangling.config.language.ChineseUnlessChosen",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "xiangling.org.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "xiangling.web.middleware.RefusalMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    # axes answers a lock-out, so it stands last
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "xiangling.config.urls"
WSGI_APPLICATION = "xiangling.config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "xiangling.web.context.frame",
            ],
        },
    }
]

# Language and time ---------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# People --------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "org.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "xiangling.org.passwords.ThreeClassesValidator"},
]
PASSWORD_VALID_FOR = timedelta(days=90)
SESSION_IDLE_AFTER = timedelta(minutes=30)

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "xiangling.org.adapters.AccountAdapter"
ACCOUNT_FORMS = {"change_password": "xiangling.org.forms.ChangePassword"}
MFA_ADAPTER = "xiangling.org.adapters.TwoStepAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# Lock-out is the business of axes alone: two counters would contradict each other.
ACCOUNT_RATE_LIMITS = {"login_failed": None, "login": None}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Xiangling"
# Demo people sign in with one click; tests that judge the second step turn it on themselves.
TWO_STEP_REQUIRED = not DEMO and not TESTING

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "xiangling.org.security.axes_username"
AXES_LOCKOUT_CALLABLE = "xiangling.org.views.session.locked_out"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["password", "ip_address"]

# Browser ------------------------------------------------------------------------------------------

ALLOWED_HOSTS = [*ENV.allowed_hosts, *(["testserver"] if TESTING else [])]
CSRF_TRUSTED_ORIGINS = ENV.trusted_origins
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.tls
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "xiangling.web.errors.csrf_failure"
SECURE_SSL_REDIRECT = ENV.tls
SECURE_HSTS_SECONDS = int(timedelta(days=180).total_seconds()) if ENV.tls else 0
BEHIND_PROXY = ENV.behind_proxy
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.behind_proxy else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Map tiles of the customer's own network; their host is then the only one a page may ask beside ours.
TILE_URL = ENV.tile_url
TILE_HOSTS = [f"{urlsplit(TILE_URL).scheme}://{urlsplit(TILE_URL).netloc}"] if TILE_URL else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *TILE_HOSTS],
        "worker-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# What a QR code on paper leads to; people read it outside, long after it was printed.
PUBLIC_URL = ENV.public_url.rstrip("/") or f"http://127.0.0.1:{ENV.port}"

STATIC_URL = "/static/"
# `xiangling serve` collects the files into STATIC_ROOT; before that they are served from their packages.
COLLECTED = (STATIC_ROOT / "staticfiles.json").exists() and not DEBUG and not TESTING
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not COLLECTED
WHITENOISE_AUTOREFRESH = DEBUG

# Requests: a file may have 200 MB, the rest of a request 10 MB more. The proof and import pages
# refuse more in words; a body without files must fit in memory.
MAX_REQUEST_BYTES = 210 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 50
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

# Logs ----------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "xiangling.config.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": ENV.log_level},
    "loggers": {
        "django": {"handlers": [], "level": ENV.log_level, "propagate": True},
        "django.server": {"handlers": ["stderr"], "level": ENV.log_level, "propagate": False},
    },
}
logging.captureWarnings(capture=True)

if TESTING:
    # Argon2 is slow on purpose; tests that judge the hasher name it themselves.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
