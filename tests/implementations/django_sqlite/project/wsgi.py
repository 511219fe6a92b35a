"""The WSGI application that a server loads."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

django_application = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve a request without the parameters of its media type."""
    # Django looks up every codec that they name before any error handler is in place: `charset=hex` would be 500.
    environ["CONTENT_TYPE"] = environ.get("CONTENT_TYPE", "").partition(";")[0]
    response: Iterable[bytes] = django_application(environ, start_response)
    return response
