"""The target as schemathesis sees it, with a filter in front that leaves the tasks of others alone."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote

from contract.api import Api
from contract.cases import DOCUMENT_PATH, serve_document
from contract.exchange import SAFE_METHODS, Exchange
from contract.operations import settled
from contract.tasks import LARGEST_ID, id_in, item

_BOUNDARY = re.compile(r"-*WerkzeugFormPart_[^\s;\"]+")
_CLIENT_HEADERS = frozenset({"Host", "User-Agent", "Connection", "Accept-Encoding"})
_STOCK = 3


class Bridge:
    """The target as a WSGI application for schemathesis: it serves the document and passes everything else on.

    A write to a task that this run does not own is sent to one that it does, or to an id that names none, since the
    ids that schemathesis makes up may be somebody's.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._turns = itertools.count()
        self.exchanges: dict[str, Exchange] = {}
        self.broken: BaseException | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING", "")
        path = environ["REQUEST_URI"].partition("?")[0] + (f"?{query}" if query else "")
        if path == DOCUMENT_PATH:
            return serve_document(start_response)
        if self.broken is not None:
            start_response("503 Service Unavailable", [])
            return []
        if not self._api.may_send(environ["REQUEST_METHOD"], path):
            start_response("405 Method Not Allowed", [])
            return []
        try:
            exchange = self._pass_on(environ["REQUEST_METHOD"], path, environ)
        except Exception as error:
            self.broken = error
            start_response("503 Service Unavailable", [])
            return []
        response = exchange.response
        assert response is not None
        self.exchanges[environ.get("HTTP_X_SCHEMATHESIS_TESTCASEID", "")] = exchange
        reason = HTTPStatus(response.status).phrase if response.status in set(HTTPStatus) else "Unknown"
        start_response(
            f"{response.status} {reason}",
            [(name, value) for name, value in response.headers if name not in ("transfer-encoding", "connection")],
        )
        return [response.body]

    @property
    def may_write(self) -> bool:
        """Whether anything but reading is allowed on the target."""
        return self._api.may_write

    def raise_broken(self) -> None:
        """Raise what ended the exchanges with the target, if anything did."""
        if self.broken is not None:
            raise self.broken

    def _pass_on(self, method: str, path: str, environ: dict[str, Any]) -> Exchange:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length or environ.get("CONTENT_TYPE") else None
        boundary = _BOUNDARY.search(environ.get("CONTENT_TYPE", ""))
        if boundary and body:  # it is made up anew each time
            body = body.replace(boundary[0].encode(), b"boundary")
            environ["CONTENT_TYPE"] = environ["CONTENT_TYPE"].replace(boundary[0], "boundary")
        headers = tuple(_generated_headers(environ))
        answer = self._api.attempt(method, self._own(method, path), body, media=None, headers=headers)
        return settled(answer).exchange

    def _own(self, method: str, path: str) -> str:
        id = id_in(path)
        if id is None:
            return path if method in SAFE_METHODS else _without_ids(path, LARGEST_ID - next(self._turns))
        if id > LARGEST_ID or id in self._api.changeable():
            return path
        turn = next(self._turns)
        if turn % 2:
            return path if method in SAFE_METHODS else path.replace(item(id), item(LARGEST_ID - turn), 1)
        own = self._api.stock(_STOCK)
        return path.replace(item(id), item(own[turn // 2 % len(own)]), 1)


def _without_ids(path: str, missing: int) -> str:
    """The path with ``missing`` for each number that a lenient server may read as somebody's id, encoded ones too."""
    plain, question_mark, query = path.partition("?")
    text = unquote(plain, errors="surrogateescape")
    changed = re.sub(r"\d+", lambda found: str(missing) if len(found[0]) <= len(str(missing)) else found[0], text)
    return path if changed == text else quote(changed, errors="surrogateescape") + question_mark + query


def _generated_headers(environ: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "CONTENT_TYPE" in environ:
        yield "Content-Type", environ["CONTENT_TYPE"]
    for key, value in environ.items():
        name = key.removeprefix("HTTP_").replace("_", "-").title()
        is_its_own = name in _CLIENT_HEADERS or name.startswith("X-Schemathesis") or (name, value) == ("Accept", "*/*")
        if key.startswith("HTTP_") and not is_its_own:
            yield name, value
