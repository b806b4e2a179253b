"""Every setting, top to bottom; environment variables alone choose (docs/self-hosting.md)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from . import env
from .providers.addresses import openings

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = env.folder("PARLEY_HOME", BASE_DIR / "var")  # database, keys, uploads

# --- Who we are ------------------------------------------------------------------------------

DEBUG = env.flag("PARLEY_DEBUG")
# Only this machine, until the operator opens it (0.0.0.0) or puts a proxy in front.
HOST = env.text("PARLEY_HOST", "127.0.0.1")
PORT = env.number("PORT", 8000, most=65535)  # 0: any free one
# The address that signed URLs and snippets carry; unset: the one each request came to.
PUBLIC_URL = env.address("PARLEY_PUBLIC_URL", ("http", "https")).rstrip("/")
# Embeds live on other people's hosts and behind their proxies: no Host is refused unless listed.
ALLOWED_HOSTS = env.names("PARLEY_ALLOWED_HOSTS", env.hosts) or ["*"]
SECRET_KEY = env.secret("SECRET_KEY", HOME / "keys" / "django")
# Seals the vault; newest first, so that old values stay readable while keys are rotated.
SECRET_KEYS = [
    key.strip()
    for key in env.secret("PARLEY_SECRET_KEYS", HOME / "keys" / "vault").split(",")
    if key.strip()
]
if PUBLIC_URL:
    CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https")
BEHIND_PROXY = env.flag("PARLEY_BEHIND_PROXY")  # believe X-Forwarded-*: a proxy sets them
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
USE_X_FORWARDED_HOST = BEHIND_PROXY

# --- Rooms -----------------------------------------------------------------------------------

ROOT_URLCONF = "dashboard.urls"
ASGI_APPLICATION = "dashboard.asgi.application"
AUTH_USER_MODEL = "workspaces.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
    "ninja",  # for the files of its API reference
    "allauth",
    "allauth.account",
    "dashboard",
    "dashboard.workspaces",
    "dashboard.webhooks",
    "dashboard.knowledge",
    "dashboard.agents",
    "dashboard.conversations",
    "dashboard.simulations",
    "dashboard.live",
    "dashboard.api",
    "dashboard.console",
]
# Around everything under /v1/, which is answered on a lane of its own (rest_handler.py).
REST_MIDDLEWARE = [
    "dashboard.api.envelope.enveloped",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
MIDDLEWARE = [
    "dashboard.api.envelope.enveloped",
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dashboard.console.policy.ContentPolicy",
]
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
            ]
        },
    }
]

# --- Where things are kept -------------------------------------------------------------------

DATABASE_URL = env.address("DATABASE_URL", ("sqlite", "postgres", "postgresql"))
REDIS_URL = env.address("REDIS_URL", ("redis", "rediss", "unix"))
# Clients and the task queue would read anything else differently.
if not REDIS_URL.startswith("unix") and not re.fullmatch("/?[0-9]{0,4}", urlsplit(REDIS_URL).path):
    env.stop("REDIS_URL ends with no number; use one such as redis://host:6379/0.")
# One process does everything, unless Redis joins several.
EMBEDDED = not REDIS_URL
# With Redis: "all" starts a worker beside the web server, "web" leaves that to other processes.
ROLE = env.one_of("PARLEY_ROLE", ("all", "web"))


def _sqlite(path: Path) -> dict[str, Any]:
    pragmas = (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA busy_timeout=20000;"
        "PRAGMA mmap_size=134217728;PRAGMA foreign_keys=ON;"
    )
    options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": options}


def _postgres(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or parts.hostname or ""
    pool = {"min_size": 1, "max_size": env.number("DATABASE_POOL", 16, least=2), "timeout": 5}
    # A question that takes longer is given up; nobody waits for it any more. 0: as the server says.
    longest = env.number("DATABASE_STATEMENT_SECONDS", 60, most=1_000_000)
    if longest:
        told = options.get("options", "")
        options["options"] = f"-c statement_timeout={longest * 1000} {told}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(host),
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # the pool hands out none that the server has cut
        "OPTIONS": {**options, "pool": pool},
    }


def _database(url: str) -> dict[str, Any]:
    if url.startswith("postgres"):
        return _postgres(url)
    return _sqlite(Path(unquote(urlsplit(url).path)) if url else HOME / "parley.sqlite3")


DATABASES = {"default": _database(DATABASE_URL)}
# redis-py's default socket time-out would cut idle connections.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": None, "max_connections": 100},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- Background work -------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 3600} if REDIS_URL else {"polling_interval": 0.02}
)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
SWEEP_SECONDS = env.number("PARLEY_SWEEP_SECONDS", 5, least=1)

# --- REST ------------------------------------------------------------------------------------
# Requests a minute; 0: no limit.

RATE_PER_KEY = env.number("PARLEY_RATE_PER_KEY", 3000)
RATE_PER_ADDRESS = env.number("PARLEY_RATE_PER_ADDRESS", 300)  # public routes; and wrong keys
AUDIT_DAYS = env.number("PARLEY_AUDIT_DAYS", 365, most=36_500)  # kept; 0: for ever

# --- Live sessions ---------------------------------------------------------------------------

HEARTBEAT_SECONDS = env.number("PARLEY_HEARTBEAT_SECONDS", 5, least=1, most=60)
HEARTBEAT_STALE_SECONDS = 3 * HEARTBEAT_SECONDS  # a web process that is silent so long has stopped
RESUME_SECONDS = env.number("PARLEY_RESUME_SECONDS", 60)  # how long a dropped visitor may come back
DRAIN_SECONDS = 12  # how long a server that stops lets answers, then tools, come to their end
SIGNED_URL_SECONDS = 15 * 60
# Official agents without `agent_response` among their client events still chat (websocket.md §6).
STRICT_EVENTS = env.flag("PARLEY_STRICT_EVENTS")
HANDSHAKE_SECONDS = env.number("PARLEY_HANDSHAKE_SECONDS", 10, least=1)  # to say who it is

# --- Models ----------------------------------------------------------------------------------
# What the operator sets here is trusted; what a workspace types in goes through the guarded client.

LLM_URL = env.address("PARLEY_LLM_URL", ("http", "https")).rstrip("/")
LLM_API_KEY = env.text("PARLEY_LLM_API_KEY")
LLM_MODEL = env.text("PARLEY_LLM_MODEL")
OPENAI_API_KEY = env.text("OPENAI_API_KEY")
ANTHROPIC_API_KEY = env.text("ANTHROPIC_API_KEY")
GEMINI_API_KEY = env.text("GEMINI_API_KEY")
OLLAMA_URL = env.address("OLLAMA_URL", ("http", "https")).rstrip("/")
# In each process; 0: no limit. A model of a workspace has its own number, beside its address.
LLM_AT_ONCE = env.number("PARLEY_LLM_AT_ONCE", 0, most=100_000)  # requests; the others queue up
LLM_QUEUE = env.number("PARLEY_LLM_QUEUE", 200, most=100_000)  # that may wait for one model
LLM_QUEUE_SECONDS = env.number("PARLEY_LLM_QUEUE_SECONDS", 30, least=1, most=600)
LLM_FALLBACK_MODEL = env.text("PARLEY_LLM_FALLBACK_MODEL")  # tried when the first cannot answer
# How near (cosine) a passage must be to a question to count as found; higher: fewer, surer answers.
# Agents may say otherwise. Measured for the built-in embeddings with bench/answers.py.
KNOWLEDGE_MIN_CLOSENESS = env.fraction("PARLEY_KNOWLEDGE_MIN_CLOSENESS", 0.35)
MAX_UPLOAD_MB = env.number("MAX_UPLOAD_MB", 20, least=1, most=200)  # files; larger are refused
EGRESS_ALLOW = env.names("PARLEY_EGRESS_ALLOW", openings)  # hosts and networks opened for tools

# --- First start -----------------------------------------------------------------------------

ADMIN_EMAIL = env.text("PARLEY_ADMIN_EMAIL")
ADMIN_PASSWORD = env.text("PARLEY_ADMIN_PASSWORD")
API_KEY = env.text("PARLEY_API_KEY")

# --- Sign-in ---------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "dashboard.console.sign_in.InvitedOnly"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# --- Pages -----------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = USE_TZ = True
APPEND_SLASH = False
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
SERVESTATIC_USE_FINDERS = True  # as files stand in the tree; nothing is collected
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SILENCED_SYSTEM_CHECKS = ["security.W001"]

# --- Log: JSON lines with ids, never with what was said --------------------------------------

LOG_LEVEL = env.one_of("PARLEY_LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "dashboard.log.lines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("httpx", "httpcore", "celery", "uvicorn.access", "uvicorn.error")
    }
    | {"celery.worker.control": {"level": "ERROR"}},  # it warns of every orderly stop
}
