"""What schemathesis finds on the target: all of its phases once a run, its cases sent through the project's transport.

Each of its checks is mapped to a requirement or switched off for a reason, and a failure of a check counts only where
the contract decides what is right.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl, unquote_to_bytes

from schemathesis import CheckFunction, Response
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.engine import Status, events, from_schema
from schemathesis.generation.case import Case

from contract import cases
from contract import demand as of
from contract.api import Api
from contract.bridge import Bridge
from contract.cases import METHODS, ONE_BY_ONE, schema_of
from contract.conditional import STRONG_TAG
from contract.exchange import SAFE_METHODS, Evidence, Exchange
from contract.expect import JSON_LABEL, Blocked, Inconclusive
from contract.jsontext import shorten
from contract.tasks import COLLECTION, id_of

Checked = tuple[str, Case[Any], Failure | None]
"""A check of schemathesis, the case that it looked at, and its failure where it failed."""

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
_LEFT_OPEN_PATH = re.compile(r"%00|%2f|/\.{1,2}(/|\?|$)|//|/$|/(0|%3\d)", re.IGNORECASE)
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
    """Import and read all that a pass in a gate needs."""
    _checks()
    cases.warm_up()


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
    bridge = Bridge(api)
    found: list[Finding] = []
    judged = dict.fromkeys(OWNERS.values(), 0)
    for name, case, failure in itertools.chain(_one_by_one(bridge, seed), _walks(bridge, seed)):
        exchange = bridge.exchanges.get(case.id)
        if exchange is None or not _is_decided(name, case, exchange):
            continue
        judged[OWNERS[name]] += 1
        if failure is not None:
            found.append(_finding(name, failure, exchange, api))
    return Findings(tuple(found), judged)


def _one_by_one(bridge: Bridge, seed: int | None) -> Iterator[Checked]:
    """What each check says of the answer to each case of the gate or of the seed."""
    for case in cases.cases(seed):
        response = case.call(app=bridge)
        bridge.raise_broken()
        if case.id in bridge.exchanges:
            for name, failure in _failures(case, response).items():
                yield name, case, failure


def _failures(case: Case[Any], response: Response) -> dict[str, Failure | None]:
    """The failure of each check, ``None`` where it does not fail."""
    try:
        case.validate_response(response, checks=list(_checks().values()))
    except FailureGroup:
        return {name: _failure(case, response, check) for name, check in _checks().items()}
    return dict.fromkeys(_checks())


def _failure(case: Case[Any], response: Response, check: CheckFunction) -> Failure | None:
    try:
        case.validate_response(response, checks=[check])
    except FailureGroup as group:
        return min(group.exceptions, key=lambda failure: failure.message)
    return None


@functools.cache
def _checks() -> dict[str, CheckFunction]:
    load_all_checks()
    return {name: cast(CheckFunction, CHECKS.get_one(name)) for name in OWNERS}


def _walks(bridge: Bridge, seed: int | None) -> Iterator[Checked]:
    """What each check says of each answer on walks along the links of the document, as the answers lead."""
    schema = schema_of(bridge, seed, leave_out=ONE_BY_ONE)
    schema.config.checks.update(included_check_names=list(OWNERS))
    methods = METHODS if bridge.may_write else METHODS & SAFE_METHODS
    stream = from_schema(schema.include(method=sorted(methods))).execute()
    for event in stream:
        if isinstance(event, events.ScenarioFinished):
            yield from _recorded(event)
        # Our own stop is an interruption too.
        if isinstance(event, events.Interrupted) and bridge.broken is None:
            bridge.broken = KeyboardInterrupt()
        elif isinstance(event, (events.NonFatalError, events.FatalError)) and bridge.broken is None:
            bridge.broken = event.value if isinstance(event, events.NonFatalError) else event.exception
        if bridge.broken is not None:
            stream.stop()
    bridge.raise_broken()


def _recorded(event: events.ScenarioFinished) -> Iterator[Checked]:
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


def _is_decided(name: str, case: Case[Any], exchange: Exchange) -> bool:
    """Whether the contract decides what is right for this request, so that the check may judge the answer."""
    request, response = exchange.request, exchange.response
    assert response is not None
    if request.method not in METHODS or _is_left_open(request.path):
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
