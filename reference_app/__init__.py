"""A small Flask server of tasks: what an implementation that meets the whole contract looks like."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, Response

from reference_app.domain import BODY_LIMIT
from reference_app.errors import register_errors
from reference_app.store import MemoryStore, Store
from reference_app.views import STORE, tasks


def create_app(store: Store | None = None) -> Flask:
    """Return the application, on `store` or on an empty store in memory."""
    app = Flask(__name__, static_folder=None)
    app.request_class = _Request
    # Of a chunked body, werkzeug reads as much as this and drops the rest: one byte more tells the view.
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT + 1
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.merge_slashes = False  # nothing redirects
    app.extensions[STORE] = MemoryStore() if store is None else store
    app.register_blueprint(tasks)
    app.after_request(_label)
    register_errors(app)
    return app


class _Request(Request):
    """A request for HTTP only: the router would refuse a GET that offers to upgrade to a WebSocket."""

    def __init__(self, environ: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        environ.pop("HTTP_UPGRADE", None)
        super().__init__(environ, *args, **kwargs)


def _label(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    if not response.get_data():
        response.headers.remove("Content-Type")
    return response
