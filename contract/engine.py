"""One run of pytest over the laws that takes nothing from the folder or the environment in which it is called."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

import contract.laws
from contract.console import Console
from contract.verdict import Run

_FOREIGN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_THEME", "PYTEST_DEBUG")


def judge_target(arguments: Sequence[str]) -> Run | None:
    """Judge the target that the plugin's ``arguments`` name; ``None`` where they are wrong, which has been printed."""
    console = Console()
    laws = Path(next(iter(contract.laws.__path__)))
    # Most of what a run makes lives to its end; looking through it again and again took a twentieth of the time.
    gc.set_threshold(50_000)
    with _own_environment(), tempfile.TemporaryDirectory(prefix="task-contract-") as empty:
        configuration = Path(empty) / "pytest.ini"
        configuration.write_text("[pytest]\n")
        code = pytest.main(
            [
                f"--config-file={configuration}",
                f"--rootdir={laws}",
                f"--confcutdir={laws}",
                "--noconftest",
                "--import-mode=importlib",
                "--assert=plain",
                "-pno:cacheprovider",
                "-pno:terminal",
                "-pno:unraisableexception",
                "-pcontract.plugin",
                *arguments,
                str(laws),
            ],
            plugins=[console],
        )
    return None if code == pytest.ExitCode.USAGE_ERROR else console.run


@contextmanager
def _own_environment() -> Iterator[None]:
    saved = {name: os.environ.pop(name) for name in _FOREIGN if name in os.environ}
    autoload = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        os.environ.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
        os.environ.update(saved)
        if autoload is not None:
            os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = autoload
