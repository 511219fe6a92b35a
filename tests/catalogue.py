"""The catalogue ``specs/requirements.md``, generated from the laws and the faults.

``python -m tests.catalogue`` fails where the file is not current; with ``--write`` it writes the file.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from contract.requirement import Requirement, catalogue
from tests.faults import Fault, all_faults

FILE = Path(__file__).parent.parent / "specs" / "requirements.md"

_HEAD = """# The requirements

Generated from the laws in `contract/laws/` and the faults in `tests/faults/`; write it anew with
`tox -e catalogue -- --write`. The selection `core` has those marked with a star.

"""


def render() -> str:
    """The text of the catalogue."""
    faults: dict[str, list[type[Fault]]] = defaultdict(list)
    for fault in all_faults():
        faults[fault.breaks].append(fault)
    return _HEAD + "\n".join(_section(entry, faults[entry.id]) for entry in catalogue())


def _section(entry: Requirement, faults: list[type[Fault]]) -> str:
    module, _, function = entry.law.partition(":")
    law = f"`{module.replace('.', '/')}.py` `{function}`"
    lines = [f"## {entry.id}{' *' if entry.is_core else ''}", "", f"**{entry.level}** {entry.sentence}", ""]
    lines += [entry.advice, ""] if entry.advice else []
    lines += [f"Source: {entry.source}. Law: {law}. Proven by:" if entry.source else f"Law: {law}. Proven by:", ""]
    lines += [f"- {' '.join((fault.__doc__ or '').split())}" for fault in faults]
    return "\n".join([*lines, ""])


def main() -> int:
    """Check the file, or write it; the exit code is 1 where it is not current."""
    parser = argparse.ArgumentParser(prog="python -m tests.catalogue")
    parser.add_argument("--write", action="store_true", help="write the file")
    text = render()
    if parser.parse_args().write:
        FILE.write_text(text, encoding="utf-8")
        return 0
    if FILE.read_text(encoding="utf-8") != text:
        print(f"{FILE.name} is not current; write it anew with: tox -e catalogue -- --write", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
