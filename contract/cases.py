"""What schemathesis generates from the document: the cases of a gate, which are kept in a file, and more by a seed.

A gate takes the same cases whatever release of schemathesis is installed, and no time to make them. No case of either
kind depends on an answer, so that they can be made without the target.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core import NOT_SET
from schemathesis.engine import events, from_schema
from schemathesis.generation.case import Case
from schemathesis.generation.meta import CaseMetadata
from schemathesis.schemas import BaseSchema

from contract.document import load_document
from contract.explore import MORE

MAX_EXAMPLES = 2
"""Cases that schemathesis generates for each operation, beside the schema's examples and its coverage."""

MAX_WALKS = 2
"""Walks along the links of the document, of up to six steps each."""

ONE_BY_ONE = ("examples", "coverage", "fuzzing")
"""The phases that make their cases one by one."""

DOCUMENT_PATH = "/openapi.json"
METHODS = frozenset({"GET", "OPTIONS", "POST", "PUT", "DELETE"})
"""HEAD answers what GET does, which method.head judges, and would be a quarter of what is generated."""

FILE = Path(__file__).parent / "corpora" / "generated.json"
"""The cases of a gate, one in each line, and the releases of the libraries that made them."""

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_PARTS = ("path_parameters", "headers", "query")
_ORIGIN = ("generation", "components", "phase", "raw_containers")
"""What the checks want to know of how a case was made."""


def cases(seed: int | None) -> tuple[Case[Any], ...]:
    """The cases of a gate, or those that a seed makes."""
    return kept() if seed is None else tuple(made(seed))


@functools.cache
def kept() -> tuple[Case[Any], ...]:
    """The cases of a gate."""
    schema = schema_of(unwatched, None)
    return tuple(_from_data(entry, schema) for entry in json.loads(FILE.read_bytes())["cases"])


def made(seed: int | None) -> Iterator[Case[Any]]:
    """The cases that schemathesis makes one by one: of the document's examples, of its coverage, and by fuzzing."""
    schema = schema_of(unwatched, seed, leave_out=("stateful",))
    schema.config.checks.update(included_check_names=["not_a_server_error"])
    for event in from_schema(schema.include(method=sorted(METHODS))).execute():
        if isinstance(event, events.ScenarioFinished):
            yield from (node.value for node in event.recorder.cases.values())
        elif isinstance(event, events.NonFatalError):
            raise event.value
        elif isinstance(event, events.FatalError):
            raise event.exception


def as_data(case: Case[Any]) -> dict[str, Any]:
    """A case as JSON data, from which ``kept`` makes it again."""
    assert case.meta is not None
    origin = {name: value for name, value in case.meta.to_dict().items() if name in _ORIGIN}
    origin["generation"]["time"] = 0.0
    return {
        "operation": case.operation.label,
        "method": case.method,
        **{name: dict(value) for name in _PARTS if (value := getattr(case, name))},
        **({"body": case.body, "media_type": case.media_type} if case.body is not NOT_SET else {}),
        "meta": origin,
    }


def _from_data(entry: dict[str, Any], schema: BaseSchema) -> Case[Any]:
    operation = schema.find_operation_by_label(entry["operation"])
    assert operation is not None
    case: Case[Any] = operation.Case(
        method=entry["method"],
        **{name: entry.get(name, {}) for name in _PARTS},
        body=entry.get("body", NOT_SET),
        media_type=entry.get("media_type"),
        _meta=CaseMetadata.from_dict(entry["meta"]),
    )
    return case


def schema_of(application: Application, seed: int | None, leave_out: Iterable[str] = ()) -> BaseSchema:
    """The document as schemathesis knows it, for an application that serves it, and without some of its phases."""
    configuration = SchemathesisConfig(seed=seed)
    configuration.cache.enabled = False  # it would be kept in the folder in which the suite is called
    schema = schemathesis.openapi.from_wsgi(DOCUMENT_PATH, application, config=configuration)
    schema.config.update(workers=1, continue_on_failure=True)
    more = 1 if seed is None else MORE
    for generation, count in (
        (schema.config.generation, MAX_EXAMPLES),
        (schema.config.phases.stateful.generation, MAX_WALKS),
    ):
        generation.update(deterministic=seed is None, no_shrink=True, max_examples=more * count, database="none")
    for phase in leave_out:
        getattr(schema.config.phases, phase).enabled = False
    # Literals of the application's modules: here that is one of ours, and what else happens to be imported.
    schema.config.analysis.constants.enabled = False
    return schema


def warm_up() -> None:
    """Read the cases of a gate, and import what is imported only when they are sent."""
    kept()[0].call(app=unwatched)
    schema = schema_of(unwatched, None, leave_out=(*ONE_BY_ONE, "stateful"))
    for _ in from_schema(schema).execute():
        """Without its phases, schemathesis only prepares itself."""


def serve_document(start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request for the document."""
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(load_document()).encode()]


def unwatched(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Stands for a target while cases are made; nobody looks at what it answers."""
    if environ["REQUEST_URI"] == DOCUMENT_PATH:
        return serve_document(start_response)
    start_response("404 Not Found", [("Content-Type", "application/json")])
    return [b'{"error": "Task not found"}']
