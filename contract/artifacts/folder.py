"""The folder of the scripts: what an older run left in it, and what this one leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from contract.verdict import Result, Run, ViolationReport

MARK = "# Written by task-contract; a later run writes it anew."
"""The second line of each file that a run writes into the folder."""

_INDEX = "README.md"
_INDEX_MARK = f"<!-- {MARK.removeprefix('# ')} -->"


def prepare(folder: Path) -> str | None:
    """Make the folder and remove what an older run wrote into it; why that cannot be done, ``None`` where it can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        clear(folder)
        (folder / _INDEX).touch()
        if not (folder / _INDEX).stat().st_size:
            (folder / _INDEX).unlink()
    except OSError as error:
        return f"{folder} cannot be written to: {error.strerror}."
    return None


def clear(folder: Path) -> None:
    """Remove the files that an older run wrote into the folder, and no others; raises ``OSError``."""
    for file in [*folder.glob("*.sh"), folder / _INDEX]:
        if file.is_file() and not file.is_symlink() and _is_ours(file):
            file.unlink()


def write(run: Run, folder: Path) -> None:
    """Write a script for each violation of the run, and an index of them; raises ``OSError``."""
    lines = [_INDEX_MARK, "", f"# Violations of the task contract by {run.target}", ""]
    scripts = list(_scripts(run))
    for name, result, violation in scripts:
        file = folder / name
        file.write_bytes(violation.script().encode())
        file.chmod(0o755)
        lines.append(f"- [{name}]({name}) ({result.status}): {result.requirement.sentence} {violation.message}")
    if scripts:
        lines += [
            "",
            "Each script takes the URL of a server. It exits with 1 while the server shows the violation, with",
        ]
        lines += ["0 once that is mended, and with 2 where it cannot be shown with curl."]
    else:
        lines.append(f"None was found; the verdict is: {run.verdict}.")
    index = folder / _INDEX
    if not index.exists() or _is_ours(index):
        index.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _scripts(run: Run) -> Iterator[tuple[str, Result, ViolationReport]]:
    for result in run.results:
        for number, violation in enumerate(result.violations, start=1):
            suffix = "" if number == 1 else f"-{number}"
            yield f"{result.requirement.id}{suffix}.sh", result, violation


def _is_ours(file: Path) -> bool:
    with file.open("rb") as stream:
        head = stream.read(200).decode("utf-8", "replace").splitlines()
    return MARK in head[1:2] or head[:1] == [_INDEX_MARK]
