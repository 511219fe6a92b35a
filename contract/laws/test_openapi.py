"""What the document promises, on what schemathesis generates from it."""

from __future__ import annotations

from contract.api import Api
from contract.expect import Blocked, Violation
from contract.requirement import requirement


@requirement("openapi.status", source="OpenAPI 3.1 4.8.16")
def test_status(api: Api) -> None:
    """Every answer to a generated request has a status code that the document lists for its operation."""
    _judge(api, "openapi.status")


@requirement("openapi.schema", source="OpenAPI 3.1 4.8.14")
def test_schema(api: Api) -> None:
    """Every body that answers a generated request meets the schema that the document has for it."""
    _judge(api, "openapi.schema")


@requirement("openapi.headers", source="OpenAPI 3.1 4.8.21")
def test_headers(api: Api) -> None:
    """Every answer to a generated request has the media type and the headers that the document promises."""
    _judge(api, "openapi.headers")


@requirement("openapi.rejects", source="OpenAPI 3.1 4.8.24")
def test_rejects(api: Api) -> None:
    """A generated request that breaks the schema of its body, path or query is refused."""
    _judge(api, "openapi.rejects")


@requirement("openapi.accepts", source="OpenAPI 3.1 4.8.24")
def test_accepts(api: Api) -> None:
    """A generated request that meets the document is not refused as invalid."""
    _judge(api, "openapi.accepts")


def _judge(api: Api, id: str) -> None:
    from contract.generated import findings

    (task,) = api.neighbours(1)
    control = api.read(task.id)
    if control.status != 200:
        raise Blocked("create.stored", control.exchange)

    result = findings(api)
    for finding in result.found:
        if finding.owner == id:
            raise Violation(
                finding.message,
                expected=finding.expected,
                received=finding.exchange.outcome,
                evidence=finding.evidence,
                demands=finding.demands,
            )
    if not result.judged[id]:
        raise Blocked("create.stored")
    api.end_of_reading()
