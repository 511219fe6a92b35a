"""The proof once more, on a socket: what is wrong in process must be seen by a client on the network too."""

from __future__ import annotations

import pytest

from tests.faults import Fault, all_faults
from tests.faults.keeping import Keeping
from tests.test_faults import ENTRIES, OVER_HTTP, run_law_over_http

FAULTS = [
    fault for fault in all_faults() if not issubclass(fault, Keeping) and ENTRIES[fault.breaks].topic not in OVER_HTTP
]


SHOWN_BY_ANOTHER = {"NotModifiedHasABody": "wire.framing"}
"""What a client of the network sees as something else than an application's caller: by what requirement."""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.breaks}-{fault.__name__}")
def test_own_law_catches_the_fault(fault: type[Fault]) -> None:
    entry = ENTRIES[SHOWN_BY_ANOTHER.get(fault.__name__, fault.breaks)]

    result = run_law_over_http(entry, fault())

    assert result.status == ("fail" if entry.level == "MUST" else "warn"), result
