"""What the tests share: a client, and the reference server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.postgresql import cluster
from tests.targets import serve_process


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-golden", action="store_true", help="write the files below tests/golden/ anew")


@pytest.fixture(scope="session")
def client() -> Iterator[requests.Session]:
    """A client that takes no proxy from the environment."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture(scope="session")
def reference() -> Iterator[str]:
    """The URL of the reference server, in a process of its own."""
    with serve_process("-m", "reference_app", "--port", "0") as url:
        yield url


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a database on a PostgreSQL server that is started for the tests."""
    with cluster() as url:
        yield url
