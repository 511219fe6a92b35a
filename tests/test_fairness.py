"""Many conforming servers, each judged by every requirement; ``tox -e fairness`` runs it and publishes the count."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.harmless import all_variants, mixtures, parts
from tests.harmless.base import Harmless
from tests.harmless.run import judged

pytestmark = pytest.mark.fairness


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    count = metafunc.config.getoption("fairness_mixtures", 0)
    metafunc.parametrize("kind", [*mixtures(count), *all_variants()], ids=lambda kind: kind.__name__)


def test_server_is_not_accused(kind: type[Harmless], record_property: Callable[[str, object], None]) -> None:
    judgement = judged(kind)
    record_property("server", [part.__name__ for part in parts(kind)])
    record_property("check_runs", judgement.check_runs)
    record_property("accusations", list(judgement.accusations))

    assert judgement.accusations == {}
