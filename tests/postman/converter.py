"""The OpenAPI document for Postman's converter, and what that makes of it; npm installs the converter and newman."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.document import load_document
from tests.deployment import NPM, Application

Document = dict[str, Any]

METHODS = ("get", "head", "options", "post", "put", "delete")

FOLDER = Path(__file__).parent
TOOLS = Application(FOLDER, NPM, start=(), runtime="node")
TIME = 120
OPTIONS = {"parametersResolution": "Example", "enableOptionalParameters": False}


@dataclass(frozen=True)
class Operation:
    """One operation of a document, and what that says of it."""

    method: str
    path: str
    node: Document


@contextmanager
def installed() -> Iterator[Path]:
    """The folder of the commands ``openapi2postmanv2`` and ``newman``, as long as the block lasts."""
    with tempfile.TemporaryDirectory() as place:
        yield TOOLS.installed(Path(place)) / "node_modules" / ".bin"


def converted(commands: Path) -> Document:
    """The collection that the converter makes of the document."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "openapi.json").write_text(json.dumps(_plain(resolved(load_document()))), encoding="utf-8")
        (place / "options.json").write_text(json.dumps(OPTIONS), encoding="utf-8")
        subprocess.run(
            [commands / "openapi2postmanv2", "-s", "openapi.json", "-c", "options.json", "-o", "collection.json"],
            cwd=place,
            check=True,
            capture_output=True,
            timeout=TIME,
        )
        collection: Document = json.loads((place / "collection.json").read_text(encoding="utf-8"))
        return collection


def resolved(document: Document) -> Document:
    """The document with everything in the place of its references."""

    def resolve(node: Any) -> Any:
        if isinstance(node, list):
            return [resolve(entry) for entry in node]
        if not isinstance(node, dict):
            return node
        found: Any = {}
        if "$ref" in node:
            found = document
            for name in node["$ref"].removeprefix("#/").split("/"):
                found = found[name]
        return {key: resolve(value) for key, value in {**found, **node}.items() if key != "$ref"}

    whole: Document = resolve(document)
    return whole


def operations(document: Document) -> dict[str, Operation]:
    """The operations by their ids."""
    return {
        item[method]["operationId"]: Operation(method.upper(), path, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    }


def _plain(document: Document) -> Document:
    """The resolved document with one plain example for each parameter.

    The converter takes an example of false or 0 for an object, and makes up an id where there is no example.
    """
    owners = [*document["paths"].values(), *(operation.node for operation in operations(document).values())]
    for parameter in (parameter for owner in owners for parameter in owner.get("parameters", ())):
        examples = parameter.pop("examples", {"variable": {"value": f"{{{{{parameter['name']}}}}}"}})
        parameter["example"] = next(iter(examples.values()))["value"]
    return document
