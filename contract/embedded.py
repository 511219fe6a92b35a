"""The embedded target: the reference server in a process of its own, for as long as a run needs it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_GREETING = "Listening on "
_STOP_TIME = 5.0


class NotStarted(Exception):
    """The reference server did not come up."""


@contextmanager
def reference_server() -> Iterator[str]:
    """The URL of a reference server on a free loopback port, ended with the block; raises ``NotStarted``."""
    # A session of its own: Ctrl-C reaches the run, which still needs the server to remove what it created.
    process = subprocess.Popen(
        [sys.executable, "-m", "reference_app", "--port", "0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        if not line.startswith(_GREETING):
            raise NotStarted(f"The reference server did not start: {process.stderr.read().strip()[-300:]}.")
        yield line.removeprefix(_GREETING).strip()
    finally:
        process.terminate()
        try:
            process.communicate(timeout=_STOP_TIME)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
