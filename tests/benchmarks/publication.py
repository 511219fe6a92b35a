"""The published figures: one file, a section for each benchmark, written anew one at a time."""

from __future__ import annotations

import re
from pathlib import Path

TITLE = "# Benchmarks\n"


def write_section(file: Path, heading: str, text: str) -> None:
    """Put a section into the file, in place of an older one with this heading or at the end."""
    content = file.read_text(encoding="utf-8") if file.exists() else TITLE
    section = f"\n## {heading}\n\n{text.strip()}\n"
    older = re.compile(rf"\n## {re.escape(heading)}\n.*?(?=\n## |\Z)", re.DOTALL)
    changed = older.sub(lambda _: section, content) if older.search(content) else content + section
    file.write_text(changed, encoding="utf-8")
