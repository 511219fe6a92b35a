"""The reference server: a small Flask application that meets the task contract."""

from __future__ import annotations

from flask import Flask, Response

from reference_app import errors, views
from reference_app.store import MemoryStore, Store

BODY_LIMIT = 65_536


def create_app(store: Store | None = None) -> Flask:
    """Return the application, on the given store or on an empty one in memory."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.url_map.merge_slashes = False
    app.extensions["task_store"] = MemoryStore() if store is None else store
    app.register_blueprint(views.tasks)
    app.after_request(_forbid_sniffing)
    errors.register(app)
    return app


def _forbid_sniffing(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
