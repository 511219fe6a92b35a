"""The reports that a run leaves in files: their options, what is wrong with a file, and when they are written."""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from contract.verdict import Run

_FORMATS = {
    "json": ("contract.report.json_report", "JSON"),
    "junit": ("contract.report.junit", "JUnit XML"),
    "markdown": ("contract.report.markdown", "Markdown, as for $GITHUB_STEP_SUMMARY"),
    "html": ("contract.report.html", "one HTML page"),
    "badge": ("contract.report.badge", "an SVG badge"),
}
"""The module that renders each format, imported when it is asked for, and what to call it."""


def add_options(parser: argparse._ActionsContainer) -> None:
    """Add ``--report-FORMAT FILE`` for each format."""
    for name, (_, title) in _FORMATS.items():
        parser.add_argument(f"--report-{name}", metavar="FILE", type=Path, help=f"write the results as {title}")


def problem(options: argparse.Namespace) -> str | None:
    """Why a report cannot be written, ``None`` where all can; what an older run left in their files is gone then."""
    files = _named(options)
    places = [file.resolve() for file in files.values() if not _is_special(file)]
    for file in files.values():
        if places.count(file.resolve()) > 1:
            return f"{file} is named for two reports."
    return next(filter(None, map(problem_of, files.values())), None)


def problem_of(file: Path) -> str | None:
    """Why the file cannot be written, ``None`` where it can; an older report in it is gone then."""
    if _is_special(file):
        return None if os.access(file, os.W_OK) else f"{file} cannot be written: Permission denied."
    try:
        file.write_text("")
    except OSError as error:
        return f"{file} cannot be written: {error.strerror}."
    return None


def discard(arguments: Sequence[str]) -> None:
    """Remove the reports of an older run that these arguments name: what comes to nothing must not look like it."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    for name in _FORMATS:
        parser.add_argument(f"--report-{name}", dest="files", action="append", nargs="?", type=Path)
    with suppress(argparse.ArgumentError):
        for file in filter(None, parser.parse_known_args(arguments)[0].files or ()):
            with suppress(OSError):
                if file.is_file():
                    file.unlink()


def write(run: Run, options: argparse.Namespace) -> list[str]:
    """Write the reports that the options name; what could not be written, a sentence each."""
    problems = []
    for name, file in _named(options).items():
        render: Callable[[Run], str] = importlib.import_module(_FORMATS[name][0]).render
        try:
            write_whole(file, render(run))
        except OSError as error:
            problems.append(f"{file} cannot be written: {error.strerror}.")
    return problems


def write_whole(file: Path, text: str) -> None:
    """Write the text in UTF-8, all of it or nothing; into a pipe or a device as it comes. Raises ``OSError``."""
    content = text.encode("utf-8", "backslashreplace")
    if _is_special(file):
        file.write_bytes(content)
        return
    place = file.resolve()  # a link stays one
    partial = place.with_name(place.name + ".partial")
    try:
        partial.write_bytes(content)
        os.replace(partial, place)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def _named(options: argparse.Namespace) -> dict[str, Path]:
    found = {name: getattr(options, f"report_{name}") for name in _FORMATS}
    return {name: file for name, file in found.items() if file is not None}


def _is_special(file: Path) -> bool:
    """Whether this is something other than a file to create or to replace: a pipe, a terminal, a device."""
    return file.exists() and not file.is_file() and not file.is_dir()
