"""The document `specs/openapi.yaml`: sound in itself, and true of what the reference answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
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
REGISTRY = Registry().with_resource("urn:document", DRAFT202012.create_resource(DOCUMENT))
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
    def id(self) -> str:
        return str(self.definition["operationId"])

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


OPERATIONS = {operation.id: operation for operation in operations()}
every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


def nodes(value: Any = DOCUMENT) -> Iterator[dict[str, Any]]:
    """Yield every object of the document."""
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(child)


def problems(value: object, schema: dict[str, Any]) -> list[str]:
    """Return why `value` does not meet a schema of the document."""
    absolute = json.loads(json.dumps(schema).replace('"$ref": "#/', '"$ref": "urn:document#/'))
    return [error.message for error in OAS31Validator(absolute, registry=REGISTRY).iter_errors(value)]


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
    answered, also_permitted = STATUSES[operation.id]

    assert set(operation.responses) == answered | also_permitted


@every_operation
def test_operation_shows_every_body_by_example(operation: Operation) -> None:
    bodies = [resolve(operation.definition.get("requestBody", {})), *operation.responses.values()]
    media = [entry for body in bodies for entry in body.get("content", {}).values()]

    assert all(examples_of(entry) for entry in media)
    assert len(media) == 0 or operation.method != "head"


def test_examples_meet_their_schemas() -> None:
    pairs = [(value, node["schema"]) for node in nodes() if "schema" in node for value in examples_of(node)]
    lists = [node for node in nodes() if isinstance(node.get("examples"), list)]
    pairs += [(value, schema) for schema in lists for value in schema["examples"]]
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
    ids=[f"{source.id}-{status}-{name}" for name, source, status, _ in links()],
)


@every_link
def test_link_fills_parameters_of_its_target(source: Operation, status: int, link: dict[str, Any]) -> None:
    target = OPERATIONS[link["operationId"]]
    known = {f"{each['in']}.{each['name']}": each.get("required", False) for each in target.parameters}

    assert {name for name in known if known[name]} <= set(link["parameters"]) <= set(known)


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
        reached |= {link["operationId"] for _, source, _, link in links() if source.id in reached}

    assert reached == {"createTask", "readTask", "headTask", "replaceTask", "deleteTask"}


@dataclass(frozen=True)
class Request:
    """A request; `{id}` and `{etag}` are those of a task that exists, `{gone}` the id of a deleted one."""

    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str | bytes | None = None


JSON = {"Content-Type": "application/json"}
TASK = '{"title": "t"}'
QUERIES = {
    "done": ["true", "false", "", "True", "TRUE", "1", "0", "null", "yes", " true"],
    "limit": ["1", "2", "99", "100", "0", "101", "-1", "", "1.5", "x", "9" * 40, "\u0661", "1e1", "%00"],
    "after": ["0", "1", "9007199254740991", "9007199254740992", "-1", "", "0.5", "x", "9" * 5000, "null"],
}
IDS = ["{id}", "{gone}", "9007199254740991", "9007199254740992", "9" * 40, "0", "-1", "1.0", "1e0", "null"]
IDS += ["12abc", "%D9%A1", "%C2%B2", "%20{id}", "{id}%0A", "%00", "%2F", "{id}%2F", "%27", "..%2f", "abc"]
TAGS = ["*", "{etag}", '"stale"', 'W/"stale"', '"stale", {etag}', "W/{etag}", "", "stale", '"']
VALUES: list[object] = [None, 0, 1, True, 1.5, "", "true", [], {}]
TITLES = [
    " ",
    "\0",
    "a\x1fb",
    "a\n",
    "\n",
    "\x7f",
    "\x80\uffff",
    *("\U0001f600" * count for count in (1, 200, 201)),
]
DESCRIPTIONS = ["\0", "a\0b", "a\n", "\x7f", *("\U0001f600" * count for count in (1, 2000, 2001))]
OBJECTS: list[object] = [{}, {"done": True}, {"title": "t", "description": "d", "done": True}, *VALUES]
OBJECTS += [{"title": title} for title in [*TITLES, *VALUES]]
OBJECTS += [{"title": "t", "description": text} for text in [*DESCRIPTIONS, *VALUES]]
OBJECTS += [{"title": "t", "done": done} for done in VALUES]
OBJECTS += [{"title": "t", name: 1} for name in ("id", "Title", "", "x")]
BODIES = [json.dumps(value) for value in OBJECTS]
NOT_JSON: list[str | bytes] = ["", "{", TASK + "x", '{"title": NaN}', "'", b'{"title": "\xff"}', "[" * 10_000]
NOT_JSON += ['{"title": "\\ud800"}', '{"title": "t", "title": "u"}', '{"done": ' + "9" * 5000 + "}"]
MEDIA = ["text/plain", "application/json-patch+json", "application/x-www-form-urlencoded"]
MEDIA += ["APPLICATION/JSON; charset=utf-8", "application/json;x=y", "multipart/form-data", ""]
ACCEPTS = [{"Accept": value} for value in ("application/json", "text/html", "*/*;q=0", "")]


def writes(target: str) -> list[Request]:
    """Return requests with every kind of body, good and bad."""
    padding = 65_536 - len(TASK)
    return [
        *(Request(target, JSON, body) for body in [*BODIES, *NOT_JSON]),
        *(Request(target, JSON, TASK + " " * length) for length in (padding, padding + 1)),
        *(Request(target, {"Content-Type": media}, TASK) for media in MEDIA),
        *(Request(target, JSON | accept, body) for accept in ACCEPTS for body in (TASK, "{}")),
        Request(target, {}, TASK),
    ]


PAGES = [Request(f"/tasks?{name}={text}") for name, texts in QUERIES.items() for text in texts]
PAGES += [Request("/tasks", accept) for accept in ACCEPTS] + [Request("/tasks?limit=1&done=false&x=1")]
READS = [Request(f"/tasks/{text}") for text in IDS]
READS += [Request("/tasks/{id}", {"If-None-Match": tags}) for tags in TAGS]
READS += [Request(f"/tasks/{text}", accept) for text in ("{id}", "{gone}") for accept in ACCEPTS]
REQUESTS = {
    "listTasks": PAGES,
    "headTasks": PAGES,
    "optionsTasks": [Request("/tasks", accept) for accept in ACCEPTS],
    "createTask": writes("/tasks"),
    "readTask": READS,
    "headTask": READS,
    "optionsTask": [Request("/tasks/{id}", accept) for accept in ACCEPTS],
    "replaceTask": [
        *writes("/tasks/{id}"),
        *(Request(f"/tasks/{text}", JSON, TASK) for text in IDS),
        *(Request("/tasks/{id}", JSON | {"If-Match": tags}, TASK) for tags in TAGS),
    ],
    "deleteTask": [
        *(Request(f"/tasks/{text}") for text in IDS),
        *(Request("/tasks/{id}", {"If-Match": tags}) for tags in TAGS),
        *(Request("/tasks/{id}", accept) for accept in ACCEPTS),
    ],
}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app().test_client()


def answer(client: FlaskClient, method: str, request: Request) -> TestResponse:
    """Send `request` to a server with a new task and, before it, one just deleted."""
    gone, task = (client.post("/tasks", json={"title": "t"}) for _ in range(2))
    client.delete(gone.headers["Location"])
    names = {
        "{id}": task.headers["Location"].rpartition("/")[2],
        "{gone}": gone.headers["Location"].rpartition("/")[2],
        "{etag}": task.headers["ETag"],
    }

    def fill(text: str) -> str:
        return re.sub(r"\{(id|gone|etag)\}", lambda match: names[match[0]], text)

    headers = {name: fill(value) for name, value in request.headers.items()}
    return client.open(fill(request.target), method=method.upper(), headers=headers, data=request.body)


def undocumented(response: TestResponse, documented: dict[int, dict[str, Any]]) -> list[str]:
    """Return what in `response` is against what the document says of its status."""
    definition = documented.get(response.status_code)
    if definition is None:
        return [f"The status {response.status_code} is not documented."]
    return [*header_problems(response, definition), *body_problems(response, definition)]


def header_problems(response: TestResponse, definition: dict[str, Any]) -> list[str]:
    found = []
    for name, reference in definition.get("headers", {}).items():
        header = resolve(reference)
        if name in response.headers:
            found += problems(response.headers[name], header["schema"])
        elif header.get("required"):
            found.append(f"The header {name} is missing.")
    return found


def body_problems(response: TestResponse, definition: dict[str, Any]) -> list[str]:
    if "content" not in definition:
        return [f"The body {response.data!r} is not documented."] if response.data else []
    if response.mimetype not in definition["content"]:
        return [f"The media type {response.mimetype} is not documented."]
    return problems(response.json, definition["content"][response.mimetype]["schema"])


@every_operation
def test_every_answer_is_documented(operation: Operation, client: FlaskClient) -> None:
    requests = REQUESTS[operation.id]
    answers = [answer(client, operation.method, request) for request in requests]
    found = {
        str(request): what
        for request, response in zip(requests, answers, strict=True)
        if (what := undocumented(response, operation.responses))
    }

    assert found == {}
    assert {response.status_code for response in answers} == STATUSES[operation.id][0]


@pytest.mark.parametrize("name", ["createTask", "replaceTask"])
def test_body_schema_and_server_agree(name: str, client: FlaskClient) -> None:
    method, path, definition, _ = OPERATIONS[name]
    schema = resolve(definition["requestBody"])["content"]["application/json"]["schema"]
    valid = {body: not problems(json.loads(body), schema) for body in BODIES}
    accepted = {body: answer(client, method, Request(path, JSON, body)).status_code < 300 for body in BODIES}

    assert set(valid.values()) == {True, False}
    assert accepted == valid


@pytest.mark.parametrize("name", QUERIES)
def test_query_schema_and_server_agree(name: str, client: FlaskClient) -> None:
    schema = next(each["schema"] for each in OPERATIONS["listTasks"].parameters if each["name"] == name)
    valid = {text: not problems(parsed(text), schema) for text in QUERIES[name]}
    accepted = {text: client.get(f"/tasks?{name}={text}").status_code == 200 for text in QUERIES[name]}

    assert set(valid.values()) == {True, False}
    assert accepted == valid


def test_id_schema_holds_ids_only() -> None:
    schema = resolve(DOCUMENT["components"]["parameters"]["TaskId"])["schema"]
    others = [text for text in IDS if "{" not in text]

    assert [text for text in ["1", "42", *others] if not problems(parsed(text), schema)] == [
        "1",
        "42",
        "9007199254740991",
    ]


def parsed(text: str) -> str | int | bool:
    """Return the value that the text of a parameter spells."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"-?[0-9]{1,40}", text) else text


@pytest.mark.parametrize("path", DOCUMENT["paths"])
@pytest.mark.parametrize("method", ["PATCH", "POST", "PUT", "DELETE"])
def test_method_is_refused_unless_it_is_documented(path: str, method: str, client: FlaskClient) -> None:
    documented = {each.upper() for each in DOCUMENT["paths"][path] if each in METHODS}
    response = answer(client, method, Request(path, JSON, TASK))

    assert (response.status_code == 405) == (method not in documented)
    if response.status_code == 405:
        assert set(response.headers["Allow"].split(", ")) == documented
        assert problems(response.json, DOCUMENT["components"]["schemas"]["Error"]) == []


@pytest.mark.parametrize("path", ["/", "/task", "/Tasks", "/tasks/1/2", "/openapi.yaml"])
def test_path_is_missing_unless_it_is_documented(path: str, client: FlaskClient) -> None:
    response = client.get(path)

    assert response.status_code == 404
    assert problems(response.json, DOCUMENT["components"]["schemas"]["Error"]) == []
