"""Broken servers on a socket."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.faults.healthy import Healthy
from tests.faults.wired import Wired
from tests.targets import serve, serve_connections

THREADS = 16


def served(server: Healthy, port: int = 0) -> AbstractContextManager[str]:
    """The URL of a server, on the wire that it brings along or on a common one; port 0 is any free one."""
    if isinstance(server, Wired):
        return serve_connections(server.serve_connection, port)
    return serve(server, THREADS, port)
