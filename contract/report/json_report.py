"""The JSON report, a stable interface described by ``report.schema.json`` beside this module."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from contract import SUITE_VERSION
from contract.report.summary import reason_of_the_end
from contract.verdict import Accounted, Result, Run

SCHEMA_VERSION = 1


def as_json(run: Run) -> dict[str, Any]:
    """The run as a JSON object."""
    return {
        "schema_version": SCHEMA_VERSION,
        "suite_version": SUITE_VERSION,
        "contract_version": run.contract_version,
        "target": run.target,
        "scope": run.scope,
        "verdict": run.verdict,
        "exit_code": run.exit_code,
        "seed": run.seed,
        "requests": run.requests,
        "seconds": run.seconds,
        "reason": reason_of_the_end(run),
        "leftovers": list(run.leftovers),
        "requirements": [_requirement(result) for result in run.results],
        **({"baseline": [_accounted(accounted) for accounted in run.baseline]} if run.baseline is not None else {}),
    }


def render(run: Run) -> str:
    """The run as JSON text in ASCII."""
    return json.dumps(as_json(run), indent=2) + "\n"


def _requirement(result: Result) -> dict[str, Any]:
    return {
        "id": result.requirement.id,
        "level": result.requirement.level,
        "status": result.status,
        "reason": result.reason,
        "requests": result.requests,
        "seconds": result.seconds,
        "violations": [
            {
                "message": violation.message,
                "expected": violation.expected,
                "received": violation.received,
                "curl": list(violation.curl),
                "intermittent": violation.intermittent,
                **({"signature": asdict(violation.signature)} if violation.signature is not None else {}),
            }
            for violation in result.violations
        ],
    }


def _accounted(accounted: Accounted) -> dict[str, Any]:
    entry = accounted.entry
    return {
        "id": entry.id,
        "state": accounted.state,
        "reason": entry.reason,
        "issue": entry.issue,
        "expires": entry.expires.isoformat() if entry.expires is not None else None,
        "intermittent": entry.intermittent,
        "violations": [asdict(signature) for signature in entry.violations],
    }
