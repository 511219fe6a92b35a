"""What schemathesis generates: every check has a place, foreign tasks are left alone, and each run asks the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import ComponentInfo
from werkzeug.test import Client, EnvironBuilder

from contract import generated
from contract.api import Api
from contract.bridge import Bridge
from contract.cases import FILE, as_data, kept, made
from contract.document import load_document
from contract.exchange import Exchange
from contract.expect import Blocked, Inconclusive
from contract.generated import OWNERS, SWITCHED_OFF, Findings, findings
from contract.requirement import catalogue
from contract.session import Session
from contract.transport import Request, Response
from contract.transport.wsgi import WsgiTarget
from tests.faults.healthy import Environ, Healthy, Task
from tests.generated_cases import releases

FOREIGN = {"title": "somebody's", "description": "not ours", "done": True}


@dataclass
class Pass:
    """One pass on a fresh server that has fifty tasks of somebody else's: what was asked, found and left."""

    requests: list[tuple[str, str, bytes, str]]
    findings: Findings
    foreign: list[Task]


def one_pass() -> Pass:
    """Let schemathesis explore a conforming server."""
    server = Healthy()
    for _ in range(50):
        server.add(dict(FOREIGN))
    requests: list[tuple[str, str, bytes, str]] = []

    def recorded(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        environ["wsgi.input"].seek(0)
        target = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        headers = sorted((key, value) for key, value in environ.items() if key.startswith(("HTTP_", "CONTENT_")))
        requests.append((environ["REQUEST_METHOD"], target, body, repr(headers)))
        return server(environ, start_response)

    session = Session(WsgiTarget(recorded))
    session.marker = "marker"
    api = Api(session)
    found = findings(api)
    api.clean_up()
    return Pass(requests, found, [server.tasks.get(id, {}) for id in range(1, 51)])


@pytest.fixture(scope="module")
def passes() -> tuple[Pass, Pass]:
    """Two passes, each on a server of its own, with cases of its own."""
    first = one_pass()
    kept.cache_clear()
    return first, one_pass()


def test_passes_send_the_same_requests(passes: tuple[Pass, Pass]) -> None:
    first, second = passes

    assert len(first.requests) > 250
    assert second.requests == first.requests


def test_foreign_tasks_are_left_alone(passes: tuple[Pass, Pass]) -> None:
    assert passes[0].foreign == [{"id": id, **FOREIGN} for id in range(1, 51)]
    assert {"PUT", "DELETE"} <= {method for method, *_ in passes[0].requests}


def test_conforming_server_is_not_accused(passes: tuple[Pass, Pass]) -> None:
    assert passes[0].findings.found == ()


def test_every_owner_is_judged(passes: tuple[Pass, Pass]) -> None:
    judged = passes[0].findings.judged

    assert judged.keys() == set(OWNERS.values())
    assert min(judged.values()) > 50


def test_every_check_of_schemathesis_is_mapped_or_switched_off() -> None:
    load_all_checks()
    names = set(CHECKS.get_all_names())

    assert names <= OWNERS.keys() | SWITCHED_OFF.keys()
    assert OWNERS.keys() <= names
    assert OWNERS.keys() & SWITCHED_OFF.keys() == set()


def test_owners_are_requirements_and_reasons_are_given() -> None:
    assert set(OWNERS.values()) <= {entry.id for entry in catalogue()}
    assert all(SWITCHED_OFF.values())


KEPT = json.loads(FILE.read_bytes())


@pytest.mark.skipif(KEPT["made_with"] != releases(), reason="other releases of schemathesis make other cases")
def test_kept_cases_are_those_that_schemathesis_makes() -> None:
    assert KEPT["cases"] == [json.loads(json.dumps(as_data(case))) for case in made(None)]


def test_kept_cases_are_read_as_they_were_made() -> None:
    assert [as_data(case) for case in kept()] == KEPT["cases"]


def test_kept_cases_are_valid_and_invalid_ones_of_every_operation() -> None:
    found = {(entry["operation"], entry["meta"]["generation"]["mode"]) for entry in KEPT["cases"]}
    operations = ("GET /tasks", "POST /tasks", "GET /tasks/{id}", "PUT /tasks/{id}", "DELETE /tasks/{id}")

    assert found >= set(product(operations, ("positive", "negative")))


def test_findings_are_made_once_a_run() -> None:
    session = Session(WsgiTarget(Healthy()))
    session.memory["findings 0"] = found = Findings((), {})

    assert findings(Api(session)) is found
    assert session.requests == 0


@pytest.fixture
def server() -> Healthy:
    """A conforming server with fifty tasks of somebody else's."""
    server = Healthy()
    for _ in range(50):
        server.add(dict(FOREIGN))
    return server


@pytest.fixture
def api(server: Healthy) -> Api:
    """A client of it."""
    return Api(Session(WsgiTarget(server)))


@pytest.fixture
def bridge(api: Api) -> Bridge:
    """The bridge to it."""
    return Bridge(api)


def test_document_is_served_whole(bridge: Bridge) -> None:
    response = Client(bridge).get("/openapi.json")

    assert response.mimetype == "application/json"
    assert json.loads(response.data) == load_document()


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize(
    "spelt",
    ["{}", "{}?done=true", "0{}", "{}/", "/{}", "./{}", "{}abc", "{}.0", "-{}", "+{}", "%20{}", "%3{}", "%D9%A{}"],
)
def test_no_write_reaches_a_foreign_task(bridge: Bridge, server: Healthy, method: str, spelt: str) -> None:
    sent: list[str] = []
    answer = server.answer

    def recorded(request: Any) -> Any:
        sent.append(f"{request.method} {request.path}")
        return answer(request)

    server.answer = recorded  # type: ignore[method-assign]
    for id in range(1, 10):
        path = f"/tasks/{spelt.format(id)}"
        client = Client(bridge)
        client.open(
            EnvironBuilder(method=method, path=path, json={"title": "changed"}, environ_overrides={"REQUEST_URI": path})
        )

    foreign = {f"{method} /tasks/{text}" for id in range(1, 51) for text in (str(id), f"0{id}", f"{id}/", f"{id}abc")}
    assert any(line.startswith(method) for line in sent)
    assert foreign.isdisjoint(sent)
    assert [server.tasks.get(id) for id in range(1, 51)] == [{"id": id, **FOREIGN} for id in range(1, 51)]


def exchange_of(bridge: Bridge, method: str, path: str, **options: Any) -> Exchange:
    """What the bridge makes of a request of schemathesis's."""
    headers = {"X-Schemathesis-TestCaseId": "x", "User-Agent": "schemathesis", **options.pop("headers", {})}
    builder = EnvironBuilder(method=method, path=path, headers=headers, **options)
    Client(bridge).open(builder)
    return bridge.exchanges["x"]


def test_writes_go_to_own_tasks_and_to_missing_ones(bridge: Bridge, server: Healthy) -> None:
    statuses = [exchange_of(bridge, "PUT", "/tasks/7", json={"title": "changed"}).response for _ in range(4)]

    assert [response and response.status for response in statuses] == [200, 404, 200, 404]
    assert sum(task["title"] == "changed" for task in server.tasks.values()) == 2


def test_reads_of_foreign_tasks_may_pass(bridge: Bridge) -> None:
    paths = {exchange_of(bridge, "GET", "/tasks/7").request.path for _ in range(4)}

    assert "/tasks/7" in paths


def test_own_task_is_written_to(bridge: Bridge, api: Api) -> None:
    (task,) = api.neighbours(1)

    exchange = exchange_of(bridge, "DELETE", f"/tasks/{task.id}")

    assert exchange.request.path == f"/tasks/{task.id}"


def test_anchor_is_not_written_to(bridge: Bridge, api: Api) -> None:
    api.neighbours(1)

    exchange = exchange_of(bridge, "DELETE", f"/tasks/{api.anchors[0]}")

    assert exchange.request.path != f"/tasks/{api.anchors[0]}"


@pytest.mark.parametrize(
    "path", ["/tasks?limit=%C2%B2&done=%00", "/tasks/%2F", "/tasks/abc?x=1", "/tasks/99999999999999999999"]
)
def test_path_and_query_are_passed_on_byte_for_byte(bridge: Bridge, path: str) -> None:
    builder = EnvironBuilder(
        method="GET", environ_overrides={"REQUEST_URI": path, "QUERY_STRING": path.partition("?")[2]}
    )
    builder.headers["X-Schemathesis-TestCaseId"] = "x"
    Client(bridge).open(builder)

    assert bridge.exchanges["x"].request.path == path


def test_headers_and_body_are_passed_on_without_those_of_the_client(bridge: Bridge) -> None:
    exchange = exchange_of(
        bridge, "POST", "/tasks", data=b"{}", content_type="text/plain", headers={"If-Match": '"a"', "Accept": "*/*"}
    )

    assert exchange.request.headers == (("Content-Type", "text/plain"), ("If-Match", '"a"'))
    assert exchange.request.body == b"{}"


def test_answer_is_passed_back(bridge: Bridge) -> None:
    response = Client(bridge).post("/tasks", json={"title": "a"})

    assert (response.status_code, json.loads(response.data)["title"]) == (201, "a")
    assert "ETag" in response.headers


def broken_bridge(status: int) -> Bridge:
    """The bridge to a server that answers everything with this status."""

    def application(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(f"{status} Status", [])
        return []

    return Bridge(Api(Session(WsgiTarget(application))))


@pytest.mark.parametrize("status", [429, 503])
def test_what_is_not_settled_ends_the_pass(status: int) -> None:
    bridge = broken_bridge(status)
    client = Client(bridge)

    assert [client.get("/tasks").status_code for _ in range(2)] == [503, 503]
    assert isinstance(bridge.broken, Inconclusive)


def test_server_that_creates_nothing_blocks_the_pass() -> None:
    bridge = broken_bridge(500)

    Client(bridge).delete("/tasks/7")

    assert isinstance(bridge.broken, Blocked)
    assert bridge.broken.by == "create.stored"


def test_what_ends_the_pass_reaches_the_law() -> None:
    def application(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("503 Service Unavailable", [])
        return []

    with pytest.raises(Inconclusive):
        findings(Api(Session(WsgiTarget(application))))


@pytest.mark.parametrize(
    "target",
    [
        *("/tasks/%00", "/tasks/a%2Fb", "/tasks/%2f", "/tasks/.", "/tasks/..", "/tasks/../x", "/tasks//1", "//tasks"),
        *(
            "/tasks/",
            "/tasks/1/",
            "/tasks/01",
            "/tasks/0",
            "/tasks/%31",
            "/tasks/%FF",
            "/tasks/%C3%28",
            "/tasks/./1?a=b",
        ),
        *("/tasks?done=true&done=false", "/tasks?limit=1&after=2&limit=3", "/tasks?limit=007", "/tasks?after=-01"),
        *("/tasks?after=%2B01", "/tasks?limit=&limit=1"),
    ],
)
def test_left_open(target: str) -> None:
    assert generated._is_left_open(target)


@pytest.mark.parametrize(
    "target",
    [
        *("/tasks", "/tasks/1", "/tasks/abc", "/tasks/-1", "/tasks/%C2%B2", "/tasks/1.5", "/tasks/...", "/tasks/10"),
        *(
            "/tasks?done=",
            "/tasks?done=True",
            "/tasks?limit=0",
            "/tasks?limit=10&after=0",
            "/tasks?limit=-1",
            "/tasks?x=1&x=2",
        ),
        *("/tasks?limit=%00", "/tasks?after=1.0"),
    ],
)
def test_not_left_open(target: str) -> None:
    assert not generated._is_left_open(target)


NEGATIVE, POSITIVE = GenerationMode.NEGATIVE, GenerationMode.POSITIVE
PATH, QUERY, HEADER, BODY = (
    ParameterLocation.PATH,
    ParameterLocation.QUERY,
    ParameterLocation.HEADER,
    ParameterLocation.BODY,
)


def is_decided(
    check: str,
    method: str = "PUT",
    path: str = "/tasks/1",
    status: int = 400,
    *,
    headers: tuple[str, ...] = (),
    negated: tuple[ParameterLocation, ...] = (),
) -> bool:
    """Whether a check may judge this answer to a case with these parts negated."""
    components = {
        where: ComponentInfo(NEGATIVE if where in negated else POSITIVE) for where in (PATH, QUERY, HEADER, BODY)
    }
    case: Any = SimpleNamespace(meta=SimpleNamespace(components=components))
    request = Request(method, path, tuple((name, "x") for name in headers))
    return generated._is_decided(check, case, Exchange(request, Response(status, (), b"")))


@pytest.mark.parametrize("check", OWNERS)
def test_what_the_contract_leaves_open_is_not_judged(check: str) -> None:
    assert not is_decided(check, path="/tasks/%2F", negated=(BODY,))
    assert not is_decided(check, method="TRACE", negated=(BODY,))
    assert not is_decided(check, method="PATCH", negated=(BODY,))


@pytest.mark.parametrize("check", OWNERS)
def test_what_the_contract_decides_is_judged(check: str) -> None:
    assert is_decided(check, negated=(BODY,))


@pytest.mark.parametrize("where", [PATH, QUERY, BODY])
def test_negated_part_is_judged(where: ParameterLocation) -> None:
    assert is_decided("negative_data_rejection", status=200, negated=(where,))
    assert is_decided("negative_data_rejection", status=200, negated=(where, HEADER))


def test_negated_conditional_headers_are_not_judged() -> None:
    assert not is_decided("negative_data_rejection", status=200, headers=("If-Match",), negated=(HEADER,))


def test_case_without_a_negated_part_is_no_case_for_rejection() -> None:
    assert not is_decided("negative_data_rejection", status=200)


def test_body_on_options_is_not_judged() -> None:
    assert not is_decided("negative_data_rejection", "OPTIONS", status=200, negated=(BODY,))


@pytest.mark.parametrize("check", ["positive_data_acceptance", "negative_data_rejection"])
@pytest.mark.parametrize("header", ["If-Match", "if-none-match"])
def test_412_is_right_where_a_precondition_was_generated(check: str, header: str) -> None:
    assert not is_decided(check, status=412, headers=(header,), negated=(BODY,))
    assert is_decided(check, status=412, negated=(BODY,))
    assert is_decided(check, status=400, headers=(header,), negated=(BODY,))


def test_status_is_judged_whatever_was_generated() -> None:
    assert is_decided("status_code_conformance", status=412, headers=("If-Match",), negated=(HEADER,))
