"""The cases that a gate takes of what schemathesis generates: ``contract/corpora/generated.json``.

``python -m tests.generated_cases`` makes them anew, with the releases that are installed.
"""

from __future__ import annotations

import json
from importlib.metadata import version

from contract.cases import FILE, as_data, made


def releases() -> dict[str, str]:
    """The installed releases of what the cases depend on."""
    return {name: version(name) for name in ("schemathesis", "hypothesis")}


def render() -> str:
    """The cases as JSON text, one in each line."""
    lines = ",\n".join(json.dumps(as_data(case), sort_keys=True) for case in made(None))
    return f'{{"made_with": {json.dumps(releases())}, "cases": [\n{lines}\n]}}\n'


if __name__ == "__main__":
    FILE.write_text(render(), encoding="utf-8")
