"""The proof once more, on a socket: what is wrong in process must be seen by a client on the network too."""

from __future__ import annotations

import pytest

from tests.faults import Fault, all_faults
from tests.faults.keeping import Keeping
from tests.test_faults import ENTRIES, OVER_HTTP, run_law_over_http

FAULTS = [
    fault for fault in all_faults() if not issubclass(fault, Keeping) and ENTRIES[fault.breaks].topic not in OVER_HTTP
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.breaks}-{fault.__name__}")
def test_a_law_catches_the_fault(fault: type[Fault]) -> None:
    entries = [ENTRIES[id] for id in (fault.breaks, *fault.also)]

    assert any(run_law_over_http(entry, fault()).status in ("fail", "warn") for entry in entries)
