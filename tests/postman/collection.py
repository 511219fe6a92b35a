"""The collection: what the converter made of each operation, once for each step, and what the answer has to be."""

from __future__ import annotations

import copy
import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contract.document import document_file, load_document
from tests.postman import scripts
from tests.postman.converter import FOLDER, Document, operations, resolved
from tests.postman.steps import FOLDERS, Step

FILE = Path(__file__).parent.parent.parent / "specs" / "tasks.postman_collection.json"
BASE_URL = "http://127.0.0.1:8000"

_SOURCES = ("collection.py", "converter.py", "scripts.py", "steps.py", "package-lock.json")
_SCHEMAS = ("Task", "TaskList", "Deleted", "Error")


def fingerprint() -> str:
    """A hash of what the collection is made of, which tells without the converter whether it is current."""
    files = [document_file(), *(FOLDER / name for name in _SOURCES)]
    return hashlib.sha256("\0".join(file.read_text(encoding="utf-8") for file in files).encode()).hexdigest()


def assembled(converted: Document) -> Document:
    """The collection of the steps, made of the one that the converter made."""
    assembly = _Assembly(converted)
    note = f"Made by `python -m tests.postman`; fingerprint {fingerprint()}."
    description = f"{converted['info']['description']['content']}\n{note}\n"
    return {
        "info": {
            **converted["info"],
            "_postman_id": _id("collection"),
            "description": {"content": description, "type": "text/markdown"},
        },
        "item": [
            {"id": _id(name), "name": name, "item": [assembly.item(step) for step in steps]}
            for name, steps in FOLDERS.items()
        ],
        "variable": [
            {"key": "baseUrl", "value": BASE_URL},
            *({"key": name, "value": json.dumps(assembly.schemas[name])} for name in _SCHEMAS),
        ],
    }


def text_of(collection: Document) -> str:
    """The collection as it is written."""
    return json.dumps(collection, indent=1, ensure_ascii=False) + "\n"


class _Assembly:
    """Makes items of what the converter made of the operations, and of what the document says of their answers."""

    def __init__(self, converted: Document) -> None:
        document = resolved(load_document())
        components = document["components"]
        self.schemas: Mapping[str, Any] = components["schemas"]
        self._operations = operations(document)
        self._converted = {_place(item["request"]): item for item in _items(converted["item"])}
        self._method_not_allowed = {
            "headers": {"Allow": components["headers"]["Allow"]},
            "content": {"application/json": {"schema": self.schemas["Error"]}},
        }

    def item(self, step: Step) -> Document:
        """The item of a step."""
        operation = self._operations[step.operation]
        source = self._converted[operation.method, operation.path]
        request = _request(step, source["request"])
        answer = operation.node["responses"].get(str(step.status[0]), self._method_not_allowed)
        events = [_event("prerequest", step.before)] if step.before else []
        return {
            "id": _id(step.name),
            "name": step.name,
            "event": [*events, _event("test", (*self._checks(step, answer), *step.script))],
            "request": request,
            "response": [
                {**example, "id": _id(f"{step.name} {example['code']}"), "originalRequest": _original(request)}
                for example in source["response"]
                if example["code"] in step.status
            ],
            "protocolProfileBehavior": source["protocolProfileBehavior"],
        }

    def _checks(self, step: Step, answer: Document) -> Iterator[str]:
        """The status, the headers that are never absent, and the body."""
        yield from scripts.has_status(step.status)
        for name, header in answer.get("headers", {}).items():
            if header.get("required"):
                yield from scripts.has_header(name, header["schema"].get("pattern"))
        if "content" in answer:
            schema = answer["content"]["application/json"]["schema"]
            yield from scripts.has_body(next(name for name in _SCHEMAS if self.schemas[name] == schema))


def _request(step: Step, source: Document) -> Document:
    request = copy.deepcopy(source)
    request |= {"name": step.name, "method": step.method or request["method"]}
    url = request["url"]
    url["query"] = [_sent(entry, step) for entry in url["query"]]
    url["variable"] = [_sent(entry, step) for entry in url["variable"]]
    # The tag of a compressed answer may be another one.
    plain = {"key": "Accept-Encoding", "value": "identity"}
    request["header"] = [*(_sent(entry, step) for entry in request.get("header", [])), plain]
    if step.body is not None:
        request["body"] = {"mode": "raw", "raw": step.body, "options": {"raw": {"language": "json"}}}
    return request


def _sent(entry: Document, step: Step) -> Document:
    """A parameter with the value that the step gives it."""
    value = step.parameters.get(entry["key"])
    return entry if value is None else {**entry, "value": value, "disabled": False}


def _original(request: Document) -> Document:
    return {name: request[name] for name in ("url", "header", "method", "body") if name in request}


def _event(listen: str, script: scripts.Script) -> Document:
    return {"listen": listen, "script": {"type": "text/javascript", "exec": list(script)}}


def _items(entries: list[Document]) -> Iterator[Document]:
    for entry in entries:
        if "request" in entry:
            yield entry
        yield from _items(entry.get("item", []))


def _place(request: Document) -> tuple[str, str]:
    """Method and path, as the document has them."""
    names = (f"{{{name[1:]}}}" if name.startswith(":") else name for name in request["url"]["path"])
    return request["method"], "/" + "/".join(names)


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"tasks.postman_collection.json#{name}"))
