"""What takes long to prepare, prepared in a thread while other laws wait for answers."""

from __future__ import annotations

import importlib
import sys
import threading

_SWITCH_INTERVAL = 0.0002
"""Seconds after which the preparing thread lets a law go on; the usual 5 ms are ten answers of a quick server."""


class Ahead:
    """A module that is being imported, and warmed up, from now on."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread = threading.Thread(target=self._import, daemon=True)
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_INTERVAL)
        self._thread.start()

    def wait(self) -> None:
        """Wait for its end; where it failed, the next import says why."""
        self._thread.join()

    def _import(self) -> None:
        try:
            importlib.import_module(self._name).warm_up()
        except Exception:
            """It is done again where it is needed, and raises there."""
        finally:
            sys.setswitchinterval(self._interval)
