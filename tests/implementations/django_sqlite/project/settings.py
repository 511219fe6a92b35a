"""Settings of the task API; the environment may set DATABASE and SECRET_KEY."""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

# Nothing is signed with the key, so a random one of each process does.
SECRET_KEY = os.environ.get("SECRET_KEY") or get_random_secret_key()
DEBUG = False
# No answer is built from the Host header: Location and Link are relative.
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = ["tasks"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tasks.middleware.ApiMiddleware",
]
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
APPEND_SLASH = False
USE_I18N = False
USE_TZ = True

DATA_UPLOAD_MAX_MEMORY_SIZE = 65_536
# The default refuses a query of more than 1,000 parameters; unknown ones are to be ignored.
DATA_UPLOAD_MAX_NUMBER_FIELDS = None

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("DATABASE") or BASE_DIR / "tasks.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # Takes the write lock before the first read, so that no other writer comes in between.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # With NORMAL a commit survives a kill of the process; a loss of power may undo the newest ones.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "ERROR"},
    "loggers": {
        # The default mails errors to ADMINS and prints them only with DEBUG.
        "django": {"handlers": [], "level": "ERROR"},
        # Warns about each request that waits for a thread.
        "waitress.queue": {"level": "ERROR"},
    },
}
