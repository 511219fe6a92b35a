"""The requirements of each version of the contract as data, frozen in ``specs/``.

``python -m tests.frozen`` writes the file of the present version; a test holds that no older one changes.
"""

from __future__ import annotations

import json
from pathlib import Path

from contract import CONTRACT_VERSION
from contract.requirement import catalogue, of_version

SPECS = Path(__file__).parent.parent / "specs"


def file_of(version: str) -> Path:
    """Where the requirements of a version stand."""
    return SPECS / f"contract-{version}.json"


def render(version: str) -> str:
    """Level and sentence of each requirement by its id, as JSON text."""
    entries = {
        entry.id: {"level": entry.level, "sentence": entry.sentence} for entry in of_version(catalogue(), version)
    }
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    file_of(CONTRACT_VERSION).write_text(render(CONTRACT_VERSION), encoding="utf-8")
