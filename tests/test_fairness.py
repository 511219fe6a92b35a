"""Many conforming servers, each judged by the requirements; ``tox -e fairness`` runs it and publishes the count.

On the wire a server costs as much as ten in process, and schemathesis as much as all other laws together. So the
mixtures are judged in process but for a few, and without ``openapi``, unless ``--fairness-thorough`` asks for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import pytest

from tests.harmless import all_variants, mixtures, parts
from tests.harmless.base import Harmless, Served
from tests.harmless.run import judged

pytestmark = pytest.mark.fairness

SERVED = 8
"""So many mixtures on the wire."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    count = metafunc.config.getoption("fairness_mixtures", 0)
    drawn = mixtures(count) if _is_thorough(metafunc.config) else [*_mostly_in_process(count)]
    metafunc.parametrize("kind", [*all_variants(), *drawn], ids=lambda kind: kind.__name__)


def test_server_is_not_accused(
    kind: type[Harmless], record_property: Callable[[str, object], None], pytestconfig: pytest.Config
) -> None:
    is_costly = issubclass(kind, Served) or len(parts(kind)) > 1
    judgement = judged(kind, skip=("openapi",) if is_costly and not _is_thorough(pytestconfig) else ())
    record_property("server", [part.__name__ for part in parts(kind)])
    record_property("check_runs", judgement.check_runs)
    record_property("accusations", list(judgement.accusations))

    assert judgement.accusations == {}


def _is_thorough(config: pytest.Config) -> bool:
    return bool(config.getoption("fairness_thorough", False))


def _mostly_in_process(count: int) -> Iterator[type[Harmless]]:
    """So many mixtures, a few of which are on the wire."""
    drawn = mixtures(3 * count)
    served = [kind for kind in drawn if issubclass(kind, Served)]
    yield from served[: min(SERVED, count)]
    yield from islice((kind for kind in drawn if not issubclass(kind, Served)), max(count - SERVED, 0))
