"""When the next request may be sent: so many a second at most, and none before the target is ready for more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from contract.transport import Response

UNSETTLED_STATUS = frozenset({429, 503})
"""Statuses that say that a request was not processed, and nothing about the request itself."""

GLANCE = 0.1
"""Seconds between two looks at whether a run that waits is to end."""

LONGEST_WAIT = 60.0
"""Seconds that one request may be put off in all; where ``Retry-After`` asks for more, it is not waited for."""

MOST_TRIES = 8
"""So often one request is sent again after a 429 or a 503."""

_LEAST_WAIT = 1.0
"""``Retry-After`` counts in seconds, so that 0 stands for any part of one."""

_DIGITS = frozenset("0123456789")


class Pace:
    """The one clock by which all connections, threads and lanes of a run send; ``rate`` is requests a second.

    ``clock`` and ``sleep`` count in seconds.
    """

    def __init__(
        self,
        rate: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.gap = 1 / rate if rate is not None else 0.0
        self._clock = clock
        self._sleep = sleep
        self._next = clock()
        self._lock = threading.Lock()

    def take_turn(self, require_time: Callable[[], None]) -> None:
        """Wait until a request may be sent; ``require_time`` is called meanwhile, and raises where the run is to end.

        The turns of a rate are a gap apart, so that there is no second with more of them.
        """
        while (left := self._left()) > 0:
            require_time()
            self._sleep(min(left, GLANCE))

    def _left(self) -> float:
        with self._lock:
            now = self._clock()
            left = self._next - now
            if left <= 0:
                self._next = now + self.gap
            return left

    def hold(self, seconds: float) -> None:
        """Let nothing be sent for so many seconds."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)


def seconds_to_wait(response: Response) -> float | None:
    """The seconds after which a request that was not processed may come again, ``None`` where the answer names none.

    ``Retry-After`` has seconds or a date (RFC 9110 10.2.3), which is read by the clock of the server.
    """
    value = response.header("retry-after")
    if response.status not in UNSETTLED_STATUS or value is None:
        return None
    if value and _DIGITS.issuperset(value):
        return max(float(value), _LEAST_WAIT)
    date = _date(value)
    if date is None:
        return None
    now = _date(response.header("date") or "") or datetime.now(timezone.utc)
    return max((date - now).total_seconds(), _LEAST_WAIT)


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=timezone.utc)
