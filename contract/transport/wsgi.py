"""Requests to a WSGI application in this process (PEP 3333), without a socket."""

from __future__ import annotations

import importlib
import io
import itertools
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from contract.transport import Headers, Options, Raised, Request, Response, Transport, merged

_PORTS = itertools.count(49152)
"""Client ports, so that an application can tell transports apart as it tells connections."""

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class BadApplication(ValueError):
    """The text after ``wsgi:`` names no importable application."""


@dataclass(frozen=True)
class WsgiTarget:
    """A WSGI application, called in the thread that sends; ``url`` only serves to print and to resolve references."""

    application: Application
    options: Options = field(default_factory=Options)
    url: str = "http://localhost"

    in_process = True

    @property
    def shown_headers(self) -> Headers:
        return self.options.shown_headers

    def connect(self) -> Transport:
        return WsgiTransport(self)


class WsgiTransport:
    """One client of an application in process; there is no connection, so nothing to time out or to close."""

    def __init__(self, target: WsgiTarget) -> None:
        self._application = target.application
        self._port = str(next(_PORTS))
        self._defaults = merged((("Host", "localhost"), ("Accept-Encoding", "identity")), target.options.headers)

    def send(self, request: Request, timeout: float | None = None) -> Response:
        answer: list[Any] = []
        parts: list[bytes] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[..., None]:
            answer[:] = [status, headers]
            return parts.append

        # A WSGI server answers an exception that leaves the application with a 500 of its own.
        try:
            result = self._application(_environ(request, self._defaults, self._port), start_response)
            try:
                for part in result:
                    parts.append(part)
            finally:
                if hasattr(result, "close"):
                    result.close()
            status, headers = answer
        except Exception:
            return Raised(500, (("content-type", "text/plain"),), traceback.format_exc().encode())
        return Response(
            int(status.split(" ", 1)[0]),
            tuple((name.lower(), value) for name, value in headers),
            b"" if request.method == "HEAD" else b"".join(parts),
        )

    def close(self) -> None:
        """There is nothing to close."""


def _environ(request: Request, defaults: Headers, port: str) -> dict[str, Any]:
    path, _, query = request.path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": port,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body or b""),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if request.body is not None:
        environ["CONTENT_LENGTH"] = str(len(request.body))
    for name, value in merged(defaults, request.headers):
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        environ[key] = f"{environ[key]}, {value}" if key in environ else value
    return environ


def load_application(name: str) -> Application:
    """The application that ``package.module:attribute`` names; a factory is named with ``()`` at the end.

    The module may stand in the present folder, which is searched last. Raises ``BadApplication`` where it cannot be
    imported or called.
    """
    module_name, separator, attribute = name.partition(":")
    called = attribute.endswith("()")
    if not separator or not attribute:
        raise BadApplication(f"'wsgi:{name}' names no application; write wsgi:package.module:app.")
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    try:
        found = importlib.import_module(module_name)
        for part in attribute.removesuffix("()").split("."):
            found = getattr(found, part)
        application: Any = found() if called else found  # type: ignore[operator]
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": .")
        raise BadApplication(f"'wsgi:{name}' cannot be loaded ({reason}).") from error
    if not callable(application):
        raise BadApplication(f"'wsgi:{name}' is a {type(application).__name__}, not a WSGI application.")
    return application  # type: ignore[no-any-return]
