"""What schemathesis finds on the target: all of its phases once a run, its cases sent through the project's transport.

Each of its checks is mapped to a requirement or switched off for a reason, and a failure of a check counts only where
the contract decides what is right.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, unquote_to_bytes

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.generation.case import Case

from contract import demand as of
from contract.api import Api
from contract.conditional import STRONG_TAG
from contract.document import load_document
from contract.exchange import SAFE_METHODS, Evidence, Exchange
from contract.expect import JSON_LABEL, Blocked, Inconclusive
from contract.explore import MORE
from contract.jsontext import shorten
from contract.operations import settled
from contract.tasks import COLLECTION, LARGEST_ID, id_in, id_of, item

MAX_EXAMPLES = 2
"""Cases that schemathesis generates for each operation, beside the schema's examples and its coverage."""

MAX_WALKS = 2
"""Walks along the links of the document, of up to six steps each."""

OWNERS = {
    "status_code_conformance": "openapi.status",
    "response_schema_conformance": "openapi.schema",
    "content_type_conformance": "openapi.headers",
    "response_headers_conformance": "openapi.headers",
    "negative_data_rejection": "openapi.rejects",
    "positive_data_acceptance": "openapi.accepts",
}
"""The requirement that each check in use speaks for."""

SWITCHED_OFF = {
    "not_a_server_error": "a 5xx is no documented status code, so status_code_conformance says the same",
    "missing_required_header": "no operation requires a header",
    "unsupported_method": "method.405 judges the methods, HEAD and OPTIONS among them",
    "allow_header_conformance": "method.405 judges Allow",
    "use_after_free": "delete.gone judges deleted tasks among neighbours and on several connections",
    "ensure_resource_availability": "create.stored judges created tasks, at once and on several connections",
    "ignored_auth": "the contract has no authentication; what stands in front is the deployment's",
    "object_level_authorization": "the contract has no users",
    "max_response_time": "no sentence of the contract bounds the time of an answer",
}
"""Why each other check is not in use."""

_NAME = "openapi"
_DOCUMENT_PATH = "/openapi.json"
_METHODS = frozenset({"GET", "OPTIONS", "POST", "PUT", "DELETE"})
"""HEAD answers what GET does, which method.head judges, and would be a quarter of what is generated."""

_LEFT_OPEN_PATH = re.compile(r"%00|%2f|/\.{1,2}(/|\?|$)|//|/$|/(0|%3\d)", re.IGNORECASE)
_BOUNDARY = re.compile(r"-*WerkzeugFormPart_[^\s;\"]+")
_CLIENT_HEADERS = frozenset({"Host", "User-Agent", "Connection", "Accept-Encoding"})
_STOCK = 3
_PASSES = 2


@dataclass(frozen=True)
class Finding:
    """A check that failed: the requirement it speaks for, what it says and wants, and the exchanges that show it."""

    owner: str
    message: str
    expected: str
    exchange: Exchange
    evidence: Evidence
    demands: tuple[of.Demand, ...]


@dataclass(frozen=True)
class Findings:
    """Everything that one pass of schemathesis found, and how many answers each requirement was judged on."""

    found: tuple[Finding, ...]
    judged: dict[str, int]


def warm_up() -> None:
    """Import all that a pass needs, some of which is only imported when a document is loaded."""
    schemathesis.openapi.from_dict(json.loads(json.dumps(load_document())), config=SchemathesisConfig())


def findings(api: Api) -> Findings:
    """The findings on this target, made once a run; raises ``Inconclusive`` or ``Stopped`` as a law's requests do."""
    memory, number = api.session.memory, api.session.exploration.round
    found, failures = memory.get(f"findings {number}"), memory.get(f"failed passes {number}", ())
    assert isinstance(failures, tuple)
    if not isinstance(found, Findings):
        if len(failures) >= _PASSES:
            raise failures[-1]
        try:
            found = memory[f"findings {number}"] = _of_all_passes(api)
        except (Inconclusive, Blocked) as failure:
            memory[f"failed passes {number}"] = (*failures, failure)
            raise
    return found


def _of_all_passes(api: Api) -> Findings:
    """What the pass of this run finds, and before that those by the seeds that found something in other runs."""
    exploration = api.session.exploration
    for seed in exploration.seeds(_NAME):
        again = _explore(api, seed)
        if again.found:
            return again
        exploration.forget_seed(_NAME, seed)
    if not exploration.on:
        return _explore(api, None)
    found = _explore(api, exploration.present_seed)
    if found.found:
        exploration.keep_seed(_NAME, exploration.present_seed)
    return found


def _explore(api: Api, seed: int | None) -> Findings:
    """What one pass finds: the fixed one of a gate, or a longer one by a seed."""
    bridge = _Bridge(api)
    more = 1 if seed is None else MORE
    schema = schemathesis.openapi.from_wsgi(_DOCUMENT_PATH, bridge, config=_configuration(seed))
    schema.config.update(workers=1, continue_on_failure=True)
    for generation, count in (
        (schema.config.generation, MAX_EXAMPLES),
        (schema.config.phases.stateful.generation, MAX_WALKS),
    ):
        generation.update(deterministic=seed is None, no_shrink=True, max_examples=more * count, database="none")
    # Literals of the application's modules: here that is the bridge, and what else happens to be imported.
    schema.config.analysis.constants.enabled = False
    schema.config.checks.update(included_check_names=list(OWNERS))
    methods = _METHODS if api.may_write else _METHODS & SAFE_METHODS
    operations = schema.include(method=sorted(methods))
    found: list[Finding] = []
    judged = dict.fromkeys(OWNERS.values(), 0)
    stream = from_schema(operations).execute()
    for event in stream:
        if isinstance(event, events.ScenarioFinished):
            for name, case, failure in _checks(event):
                exchange = bridge.exchanges.get(case.id)
                if exchange is None or not _is_decided(name, case, exchange):
                    continue
                judged[OWNERS[name]] += 1
                if failure is not None:
                    found.append(_finding(name, failure, exchange, api))
        # Our own stop is an interruption too.
        if isinstance(event, events.Interrupted) and bridge.broken is None:
            bridge.broken = KeyboardInterrupt()
        elif isinstance(event, (events.NonFatalError, events.FatalError)) and bridge.broken is None:
            bridge.broken = event.value if isinstance(event, events.NonFatalError) else event.exception
        if bridge.broken is not None:
            stream.stop()
    if bridge.broken is not None:
        raise bridge.broken
    return Findings(tuple(found), judged)


def _configuration(seed: int | None) -> SchemathesisConfig:
    """A configuration of schemathesis that keeps nothing in the folder in which the suite is called."""
    configuration = SchemathesisConfig(seed=seed)
    configuration.cache.enabled = False
    return configuration


def _checks(event: events.ScenarioFinished) -> Iterator[tuple[str, Case[Any], Any]]:
    for case_id, nodes in event.recorder.checks.items():
        for node in nodes:
            if node.name in OWNERS:
                failure = node.failure_info.failure if node.failure_info and node.status == Status.FAILURE else None
                yield node.name, event.recorder.cases[case_id].value, failure


def _finding(name: str, failure: Any, exchange: Exchange, api: Api) -> Finding:
    return Finding(
        owner=OWNERS[name],
        message=f"{exchange.request.method} {exchange.request.path[:80]}: {str(failure.title).lower().rstrip('.')}.",
        expected=_expectation(name, str(failure.message)),
        exchange=exchange,
        evidence=api.journal.evidence(exchange, ids=frozenset(_listed_of_ours(exchange, api))),
        demands=tuple(_demands(name, failure, exchange)),
    )


def _listed_of_ours(exchange: Exchange, api: Api) -> list[int]:
    """The first tasks on a page that this run created."""
    page = exchange.document if isinstance(exchange.document, list) else []
    ids = [id_of(entry) for entry in page if isinstance(entry, dict)]
    return [id for id in ids if id in api.session.ledger.births][:_STOCK]


def _demands(name: str, failure: Any, exchange: Exchange) -> Iterator[of.Demand]:
    """What the check wants of the answer, as far as a script can look for it."""
    response = exchange.response
    assert response is not None
    if name == "status_code_conformance":
        documented = (str(status).lower() for status in failure.allowed_status_codes)
        yield of.Status(exchange, tuple(documented))
    elif name == "negative_data_rejection":
        yield of.Status(exchange, (of.REFUSAL,))
    elif name == "positive_data_acceptance":
        yield of.Status(exchange, ("2xx", "3xx", 404))
    elif name == "content_type_conformance":
        yield of.Field(exchange, "Content-Type", JSON_LABEL)
    elif name == "response_headers_conformance":
        yield from (of.Field(exchange, header, pattern) for header, pattern in _documented_headers(exchange))
    elif response.status >= 400:
        yield of.IsError(exchange)
    elif exchange.request.method != "DELETE":
        yield of.IsTask(
            exchange, is_list=exchange.request.path.partition("?")[0] == COLLECTION and response.status == 200
        )


def _documented_headers(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """The headers that the document has for this answer, each with what it matches at least."""
    response = exchange.response
    assert response is not None
    method, on_task = exchange.request.method, exchange.request.path.startswith(f"{COLLECTION}/")
    if response.status == 405 or method == "OPTIONS":
        yield "Allow", "."
    elif response.status == 200 and method == "GET":
        yield "Cache-Control", "."
    elif response.status == 201:
        yield "Location", "."
    if response.status == 201 or (on_task and response.status in (200, 304) and method not in ("DELETE", "OPTIONS")):
        yield "ETag", STRONG_TAG


def _expectation(name: str, message: str) -> str:
    """What a check of schemathesis says that it expected, without what it repeats."""
    words = " ".join(re.sub(r"(?m)^(Received|Expected): .*$", "", message).split())
    words = words.partition(" Validated against")[0]
    if name == "negative_data_rejection":
        return f"a refusal; {words.partition('Invalid component: ')[2] or 'the request breaks the document'}"
    if name == "status_code_conformance":
        return f"a documented status: {words.removeprefix('Documented: ')}"
    return shorten(words, 500)


class _Bridge:
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
        if path == _DOCUMENT_PATH:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(load_document()).encode()]
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
        own = [id for id in self._api.session.ledger.alive if id not in self._api.anchors]
        if id > LARGEST_ID or id in own:
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


def _is_decided(name: str, case: Case[Any], exchange: Exchange) -> bool:
    """Whether the contract decides what is right for this request, so that the check may judge the answer."""
    request, response = exchange.request, exchange.response
    assert response is not None
    if request.method not in _METHODS or _is_left_open(request.path):
        return False
    headers = {key.lower() for key, _ in request.headers}
    conditional = bool(headers & {"if-match", "if-none-match"})
    if name == "positive_data_acceptance":
        # What OPTIONS answers is judged by a law of its own.
        return request.method != "OPTIONS" and not (response.status == 412 and conditional)
    if name == "negative_data_rejection":
        negated = {where.name for where, info in _components(case) if info.mode.is_negative}
        if response.status == 412 and conditional:
            return False
        # Conditional headers are the only ones documented, and RFC 9110 lets a server ignore one it cannot read.
        return request.method != "OPTIONS" and bool(negated - {"HEADER", "COOKIE"})
    return True


def _components(case: Case[Any]) -> list[tuple[Any, Any]]:
    return list(case.meta.components.items()) if case.meta is not None else []


def _is_left_open(target: str) -> bool:
    path, _, query = target.partition("?")
    if _LEFT_OPEN_PATH.search(path):
        return True
    try:
        unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        return True
    pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] in ("done", "limit", "after")]
    repeated = len({name for name, _ in pairs}) < len(pairs)
    return repeated or any(re.match(r"[+-]?0\d", value) for _, value in pairs)
