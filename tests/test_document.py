"""The document `specs/openapi.yaml`: sound in itself, and true of what the reference answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import openapi_spec_validator
import pytest
import yaml
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from werkzeug.test import TestResponse

from reference_app import create_app

DOCUMENT: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent.parent / "specs" / "openapi.yaml").read_text(encoding="utf-8")
)
METHODS = ("get", "head", "options", "post", "put", "patch", "delete", "trace")
VERBS = {"add", "create", "delete", "do", "get", "list", "make", "read", "remove", "replace", "set", "update"}

# Operation: what the reference answers to some request, and what other implementations may answer instead.
STATUSES = {
    "listTasks": ({200, 400}, {406}),
    "headTasks": ({200, 400}, {406}),
    "optionsTasks": ({200}, {204, 406}),
    "createTask": ({201, 400, 413, 415}, {406, 411}),
    "readTask": ({200, 304, 404}, {400, 406}),
    "headTask": ({200, 304, 404}, {400, 406}),
    "optionsTask": ({200}, {204, 400, 404, 406}),
    "replaceTask": ({200, 400, 404, 412, 413, 415}, {406, 411}),
    "deleteTask": ({200, 404, 412}, {400, 406}),
}


class Operation(NamedTuple):
    """An operation of the document, where it stands, and its parameters, those of its path included."""

    method: str
    path: str
    definition: dict[str, Any]
    parameters: list[dict[str, Any]]

    @property
    def responses(self) -> dict[int, dict[str, Any]]:
        return {int(status): resolve(response) for status, response in self.definition["responses"].items()}


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """Return `node`, or what it refers to."""
    if "$ref" not in node:
        return node
    target: Any = DOCUMENT
    for step in node["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return resolve(target)


def operations() -> Iterator[Operation]:
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                shared = item.get("parameters", []) + item[method].get("parameters", [])
                yield Operation(method, path, item[method], [resolve(parameter) for parameter in shared])


OPERATIONS = {operation.definition["operationId"]: operation for operation in operations()}
every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


def nodes(value: Any = DOCUMENT) -> Iterator[dict[str, Any]]:
    """Yield every object of the document."""
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(child)


@cache
def registry() -> Registry[Any]:
    return Registry().with_resource("urn:document", DRAFT202012.create_resource(DOCUMENT))


def problems(value: object, schema: dict[str, Any]) -> list[str]:
    """Return why `value` does not meet a schema of the document."""
    absolute = json.loads(json.dumps(schema).replace('"$ref": "#/', '"$ref": "urn:document#/'))
    return [error.message for error in OAS31Validator(absolute, registry=registry()).iter_errors(value)]


def examples_of(node: dict[str, Any]) -> list[Any]:
    """Return the examples that stand beside a `schema`."""
    named = [resolve(example)["value"] for example in node.get("examples", {}).values()]
    return named + ([node["example"]] if "example" in node else [])


def test_is_valid_openapi() -> None:
    openapi_spec_validator.validate(DOCUMENT)

    assert DOCUMENT["openapi"].startswith("3.1.")


def test_says_what_it_describes() -> None:
    info = DOCUMENT["info"]

    assert (info["title"], info["version"], info["license"]["identifier"]) == ("Task API", "1.0", "MIT")
    assert DOCUMENT["servers"] == [{"url": "/"}]


@pytest.mark.parametrize("path", DOCUMENT["paths"])
def test_paths_are_plural_nouns_and_parameters(path: str) -> None:
    for index, segment in enumerate(path.removeprefix("/").split("/")):
        noun = r"[a-z]+(-[a-z]+)*s" if index % 2 == 0 else r"\{[a-z]+\}"
        assert re.fullmatch(noun, segment), f"The segment {segment!r} of {path} does not match {noun}."
        assert VERBS.isdisjoint(segment.split("-")), f"The segment {segment!r} of {path} names an action."


def test_operations_are_those_of_the_contract() -> None:
    assert {name: (operation.method, operation.path) for name, operation in OPERATIONS.items()} == {
        "listTasks": ("get", "/tasks"),
        "headTasks": ("head", "/tasks"),
        "optionsTasks": ("options", "/tasks"),
        "createTask": ("post", "/tasks"),
        "readTask": ("get", "/tasks/{id}"),
        "headTask": ("head", "/tasks/{id}"),
        "optionsTask": ("options", "/tasks/{id}"),
        "replaceTask": ("put", "/tasks/{id}"),
        "deleteTask": ("delete", "/tasks/{id}"),
    }


@every_operation
def test_operation_is_described(operation: Operation) -> None:
    assert operation.definition["summary"]
    assert operation.definition["description"].rstrip().endswith(".")
    assert all(parameter["description"] for parameter in operation.parameters)
    assert any(200 <= status < 300 for status in operation.responses)
    assert all(response["description"].rstrip().endswith(".") for response in operation.responses.values())


@every_operation
def test_operation_documents_the_statuses_of_the_contract(operation: Operation) -> None:
    answered, also_permitted = STATUSES[operation.definition["operationId"]]

    assert set(operation.responses) == answered | also_permitted


@every_operation
def test_operation_shows_every_body_by_example(operation: Operation) -> None:
    bodies = [resolve(operation.definition.get("requestBody", {})), *operation.responses.values()]
    media = [entry for body in bodies for entry in body.get("content", {}).values()]

    assert all(examples_of(entry) for entry in media)
    assert len(media) == 0 or operation.method != "head"


def test_examples_meet_their_schemas() -> None:
    pairs = [(example, node["schema"]) for node in nodes() if "schema" in node for example in examples_of(node)]
    pairs += [
        (example, node) for node in nodes() if isinstance(node.get("examples"), list) for example in node["examples"]
    ]
    pairs += [(node["default"], node) for node in nodes() if "default" in node]

    assert len(pairs) > 30
    assert {repr(example): found for example, schema in pairs if (found := problems(example, schema))} == {}


def test_every_component_is_used() -> None:
    defined = {f"#/components/{kind}/{name}" for kind, named in DOCUMENT["components"].items() for name in named}

    assert {node["$ref"] for node in nodes() if isinstance(node.get("$ref"), str)} == defined


def links() -> Iterator[tuple[str, Operation, int, dict[str, Any]]]:
    for operation in OPERATIONS.values():
        for status, response in operation.responses.items():
            for name, link in response.get("links", {}).items():
                yield name, operation, status, resolve(link)


every_link = pytest.mark.parametrize(
    ("source", "status", "link"),
    [link[1:] for link in links()],
    ids=[f"{source.definition['operationId']}-{status}-{name}" for name, source, status, _ in links()],
)


@every_link
def test_link_fills_parameters_of_its_target(source: Operation, status: int, link: dict[str, Any]) -> None:
    target = OPERATIONS[link["operationId"]]
    known = {f"{parameter['in']}.{parameter['name']}" for parameter in target.parameters}
    required = {f"{parameter['in']}.{parameter['name']}" for parameter in target.parameters if parameter.get("required")}

    assert required <= set(link["parameters"]) <= known


@every_link
def test_link_reads_what_its_source_has(source: Operation, status: int, link: dict[str, Any]) -> None:
    response = source.responses[status]
    schema = resolve(response.get("content", {}).get("application/json", {}).get("schema", {}))
    known = {f"$request.{parameter['in']}.{parameter['name']}" for parameter in source.parameters}
    known |= {f"$response.header.{name}" for name in response.get("headers", {})}
    known |= {f"$response.body#/{name}" for name in schema.get("required", [])}

    assert set(link["parameters"].values()) <= known


def test_links_lead_from_a_creation_everywhere() -> None:
    reached = {"createTask"}
    for _ in OPERATIONS:
        reached |= {link["operationId"] for _, source, _, link in links() if source.definition["operationId"] in reached}

    assert reached == {"createTask", "readTask", "headTask", "replaceTask", "deleteTask"}


class Exchange(NamedTuple):
    """A request; `{id}` and `{etag}` stand for those of an existing task, `{gone}` for the id of a deleted one."""

    method: str
    target: str
    headers: dict[str, str] = {}
    body: str | bytes | None = None


JSON = {"Content-Type": "application/json"}
TASK = '{"title": "t"}'
QUERIES = {
    "done": ["true", "false", "", "True", "TRUE", "1", "0", "null", "yes", " true"],
    "limit": ["1", "2", "99", "100", "0", "101", "-1", "", "1.5", "x", "9" * 40, "\u0661", "1e1", "%00"],
    "after": ["0", "1", "9007199254740991", "9007199254740992", "-1", "", "0.5", "x", "9" * 5000, "null"],
}
IDS = ["{id}", "{gone}", "9007199254740991", "9007199254740992", "9" * 40, "0", "-1", "1.0", "1e0", "abc", "12abc"]
IDS += ["%D9%A1", "%C2%B2", "%20{id}", "{id}%0A", "%00", "%2F", "{id}%2F", "null", "None", "%27", "..%2f"]
BODIES = [
    '{"title": "t"}',
    '{"title": " "}',
    '{"title": "t", "description": "", "done": false}',
    '{"title": "t", "description": "a\\nb\\tc", "done": true}',
    '{"title": "\\u0080\\u00df\\uffff\\ud83d\\ude00"}',
    json.dumps({"title": "\U0001f600" * 200, "description": "\U0001f600" * 2000}, ensure_ascii=False),
    json.dumps({"title": "\U0001f600" * 201}),
    json.dumps({"title": "t", "description": "d" * 2001}),
    *(json.dumps({"title": title}) for title in ["", "\0", "a\x1fb", "a\n", "\x7f", "\t"]),
    *(json.dumps({"title": "t", "description": text}) for text in ["\0", "a\0b", None, 1, []]),
    *(json.dumps({"title": title}) for title in [None, 0, True, [], {}]),
    *(json.dumps({"title": "t", "done": done}) for done in [None, 0, 1, "true", []]),
    *(json.dumps({"title": "t", name: 1}) for name in ["id", "Title", "", "x"]),
    *["{}", "[]", "null", "0", '"t"', "true", '{"done": true}'],
]
NOT_JSON: list[str | bytes] = ["", "{", TASK + "x", '{"title": NaN}', "'", b'{"title": "\xff"}', "[" * 10_000]
NOT_JSON += ['{"title": "\\ud800"}', '{"title": "t", "title": "u"}', '{"done": ' + "9" * 5000 + "}"]
TAGS = ["*", "{etag}", '"stale"', 'W/"stale"', '"stale", {etag}', "W/{etag}", "", "stale", '"']
MEDIA = [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/json-patch+json"}]
MEDIA += [{"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "APPLICATION/JSON; charset=utf-8"}]
ACCEPT = [{"Accept": value} for value in ["application/json", "text/html", "*/*;q=0", ""]]
WRITES = [("POST", "/tasks"), ("PUT", "/tasks/{id}")]
REQUESTS = [
    *(Exchange(method, f"/tasks?{name}={text}") for method in ("GET", "HEAD") for name in QUERIES for text in QUERIES[name]),
    *(Exchange(method, "/tasks?limit=1&x=1&done=false") for method in ("GET", "HEAD")),
    *(Exchange(method, f"/tasks/{text}") for method in ("GET", "HEAD", "OPTIONS", "DELETE") for text in IDS),
    *(Exchange("PUT", f"/tasks/{text}", JSON, TASK) for text in IDS),
    *(Exchange(method, "/tasks/{id}", {"If-None-Match": tags}) for method in ("GET", "HEAD") for tags in TAGS),
    *(Exchange("PUT", f"/tasks/{text}", JSON | {"If-Match": tags}, TASK) for text in ("{id}", "{gone}") for tags in TAGS),
    *(Exchange("DELETE", f"/tasks/{text}", {"If-Match": tags}) for text in ("{id}", "{gone}") for tags in TAGS),
    *(Exchange(*write, JSON, body) for write in WRITES for body in [*BODIES, *NOT_JSON]),
    *(Exchange(*write, JSON, TASK + " " * (65_536 - len(TASK) + extra)) for write in WRITES for extra in (0, 1)),
    *(Exchange(*write, headers, TASK) for write in WRITES for headers in MEDIA),
    *(Exchange(*write, JSON | headers, body) for write in WRITES for headers in ACCEPT for body in (TASK, "{}")),
    *(Exchange(method, f"/tasks{tail}", headers) for method in ("GET", "HEAD", "OPTIONS") for tail in ("", "/{id}", "/0")
      for headers in ACCEPT),
]


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app().test_client()


def answer(client: FlaskClient, request: Exchange) -> TestResponse:
    """Send `request` to a client that has two tasks, one of them new."""
    gone, task = (client.post("/tasks", json={"title": "t", "done": False}) for _ in range(2))
    client.delete(f"/tasks/{gone.json['id']}")
    names = {"{id}": str(task.json["id"]), "{gone}": str(gone.json["id"]), "{etag}": task.headers["ETag"]}

    def fill(text: str) -> str:
        return re.sub(r"\{(id|gone|etag)\}", lambda match: names[match[0]], text)

    headers = {name: fill(value) for name, value in request.headers.items()}
    return client.open(fill(request.target), method=request.method, headers=headers, data=request.body)


def operation_of(request: Exchange) -> Operation:
    path = "/tasks" if re.match(r"/tasks(\?|$)", request.target) else "/tasks/{id}"
    return next(each for each in OPERATIONS.values() if (each.method, each.path) == (request.method.lower(), path))


def undocumented(response: TestResponse, definition: dict[str, Any]) -> list[str]:
    """Return what in `response` the definition of its status does not say."""
    found = []
    for name, header in definition.get("headers", {}).items():
        header = resolve(header)
        if name in response.headers:
            found += problems(response.headers[name], header["schema"])
        elif header.get("required"):
            found.append(f"The header {name} is missing.")
    if content := definition.get("content", {}).get(response.mimetype):
        found += problems(response.json, content["schema"])
    elif "content" in definition or response.data:
        found.append(f"The body {response.data!r} of type {response.mimetype} is not documented.")
    return found


@every_operation
def test_every_answer_is_documented(operation: Operation, client: FlaskClient) -> None:
    found = {}
    seen = set()
    for request in REQUESTS:
        if operation_of(request) == operation:
            response = answer(client, request)
            seen.add(response.status_code)
            definition = operation.responses.get(response.status_code, {"content": "of no such status"})
            found[request] = undocumented(response, definition)

    assert {request: what for request, what in found.items() if what} == {}
    assert seen == STATUSES[operation.definition["operationId"]][0]


@pytest.mark.parametrize(("method", "target"), WRITES)
def test_body_schema_and_server_agree(method: str, target: str, client: FlaskClient) -> None:
    schema = OPERATIONS["createTask"].definition["requestBody"]
    schema = resolve(schema)["content"]["application/json"]["schema"]
    valid = {body: not problems(json.loads(body), schema) for body in BODIES}
    accepted = {body: answer(client, Exchange(method, target, JSON, body)).status_code < 300 for body in BODIES}

    assert set(valid.values()) == {True, False}
    assert accepted == valid


@pytest.mark.parametrize("name", QUERIES)
def test_query_schema_and_server_agree(name: str, client: FlaskClient) -> None:
    schema = next(each["schema"] for each in OPERATIONS["listTasks"].parameters if each["name"] == name)
    valid = {text: not problems(read_text(text), schema) for text in QUERIES[name]}
    accepted = {text: client.get(f"/tasks?{name}={text}").status_code == 200 for text in QUERIES[name]}

    assert set(valid.values()) == {True, False}
    assert accepted == valid


def test_id_schema_holds_every_id_and_nothing_else(client: FlaskClient) -> None:
    schema = resolve(DOCUMENT["components"]["parameters"]["TaskId"])["schema"]
    issued = client.post("/tasks", json={"title": "t"}).json["id"]

    assert [text for text in ["1", str(issued), "9007199254740991"] if problems(read_text(text), schema)] == []
    assert [text for text in IDS if "{" not in text and not problems(read_text(text), schema)] == ["9007199254740991"]


def read_text(text: str) -> str | int | bool:
    """Return the value that a parameter spells, as a JSON Schema sees it."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"-?[0-9]{1,40}", text) else text


@pytest.mark.parametrize("path", DOCUMENT["paths"])
@pytest.mark.parametrize("method", ["PATCH", "POST", "PUT", "DELETE"])
def test_methods_that_are_not_documented_are_refused(path: str, method: str, client: FlaskClient) -> None:
    documented = {each.upper() for each in DOCUMENT["paths"][path] if each in METHODS}
    response = answer(client, Exchange(method, path, JSON, TASK))

    assert (response.status_code == 405) == (method not in documented)
    if response.status_code == 405:
        assert set(response.headers["Allow"].split(", ")) == documented
        assert problems(response.json, DOCUMENT["components"]["schemas"]["Error"]) == []
