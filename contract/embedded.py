"""The embedded target: the reference server in a process of its own, for as long as a run needs it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from types import TracebackType

from contract.launch import STOP_TIME, NotStarted

_GREETING = "Listening on "


class ReferenceServer:
    """A reference server on a free loopback port, started with the block and ended with it."""

    def __enter__(self) -> ReferenceServer:
        # In an empty folder: python -m looks for modules in the current one first, and that is the user's.
        self._folder = tempfile.TemporaryDirectory(prefix="task-contract-")
        # A session of its own: Ctrl-C reaches the run, which still needs the server to remove what it created.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "reference_app", "--port", "0"],
            cwd=self._folder.name,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return self

    def url(self) -> str:
        """Its URL, once it accepts connections; raises ``NotStarted``."""
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        line = self._process.stdout.readline()
        if not line.startswith(_GREETING):
            raise NotStarted(f"The reference server did not start: {self._process.stderr.read().strip()[-300:]}.")
        return line.removeprefix(_GREETING).strip()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.communicate(timeout=STOP_TIME)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        self._folder.cleanup()
