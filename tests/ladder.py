"""The guide ``specs/guide/building-a-server.md`` as data: its steps, and the file that each one leads to.

``python -m tests.ladder`` writes the last one, ``specs/guide/tasks.py``.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

GUIDE = Path(__file__).parent.parent / "specs" / "guide" / "building-a-server.md"
FILE = GUIDE.with_name("tasks.py")
HEAD = '"""The task API: a WSGI application on the standard library, as building-a-server.md arrives at it."""\n'


@dataclass(frozen=True)
class Step:
    """One step: the requirements or topics that it says are met from then on, the one that is next, and the file."""

    title: str
    meets: tuple[str, ...]
    next: str | None
    source: str


def steps() -> list[Step]:
    """The steps in their order."""
    found = []
    file = _File()
    for section in re.split(r"^## ", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        (block,) = re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
        file.take(block)
        meets, _, next = section.rpartition("\nMeets ")[2].partition("Next is ")
        names, following = (re.findall(r"`([a-z0-9.-]+)`", text) for text in (meets, next))
        title = section.partition("\n")[0]
        found.append(Step(title, tuple(names), following[0] if following else None, file.text))
    return found


class _File:
    """A module that grows: what is defined again takes the place of the earlier definition."""

    def __init__(self) -> None:
        self._imports: set[str] = set()
        self._definitions: dict[str, str] = {}

    def take(self, block: str) -> None:
        """Put a block of code into the file."""
        for node in ast.parse(block).body:
            text = ast.get_source_segment(block, node) or ""
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self._imports.add(text)
            else:
                self._definitions[_name(node)] = text

    @property
    def text(self) -> str:
        """The file: imports, values, and what is made of them, in the order of the guide."""
        values = [text for name, text in self._definitions.items() if not text.startswith(("def ", "class "))]
        others = [text for text in self._definitions.values() if text.startswith(("def ", "class "))]
        imports = sorted(self._imports, key=lambda line: (line.startswith("from"), line))
        return "\n".join([HEAD, *imports, "", *values, "\n", "\n\n\n".join(others), ""])


def _name(node: ast.stmt) -> str:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return node.name
    assert isinstance(node, ast.Assign), ast.unparse(node)
    return ast.unparse(node.targets[0])


if __name__ == "__main__":
    FILE.write_text(steps()[-1].source, encoding="utf-8")
