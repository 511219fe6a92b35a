"""What a run owes its host: it writes only where it may, and sends no faster than the host bears."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from contract.exchange import SAFE_METHODS
from contract.expect import Skipped
from contract.rate import LONGEST_WAIT, MOST_TRIES, UNSETTLED_STATUS, Pace, seconds_to_wait
from contract.transport import Request, Response, Transport


class ReadOnly(Skipped):
    """A request would write, and the run is read-only; it was not sent."""

    def __init__(self) -> None:
        super().__init__("it writes, and the run is read-only")


class Guest:
    """How the requests of a run behave, whatever sends them."""

    def __init__(self, *, read_only: bool = False, pace: Pace | None = None) -> None:
        self.read_only = read_only
        self.pace = pace or Pace()
        self._waits = True

    @property
    def is_restrained(self) -> bool:
        """Whether not everything can be judged this way."""
        return self.read_only or self.pace.gap > 0

    def admit(self, method: str, require_time: Callable[[], None]) -> None:
        """Wait until a request may be sent; raises ``ReadOnly`` where it may not, and what ``require_time`` raises."""
        if self.read_only and method not in SAFE_METHODS:
            raise ReadOnly
        self.pace.take_turn(require_time)

    def puts_off(self, response: Response, waited: Sequence[float], seconds_left: float) -> float | None:
        """The seconds for which all requests are held, since this one may come again then; ``None`` where it may not.

        ``waited`` are the seconds that it was put off for before. Once a request was put off in vain none is, until
        one is processed.
        """
        seconds = seconds_to_wait(response)
        if response.status not in UNSETTLED_STATUS:
            self._waits = True
        if seconds is None or seconds >= seconds_left or not self._waits:
            return None
        if len(waited) == MOST_TRIES or sum(waited) + seconds > LONGEST_WAIT:
            self._waits = not waited
            return None
        self.pace.hold(seconds)
        return seconds


class GuestTransport:
    """A transport as a guest uses it.

    A request that was not processed, as a 429 or a 503 with ``Retry-After`` says, is sent again when it may be.
    ``count`` is called for each request that is sent; ``seconds_left`` says when the run has to end.
    """

    def __init__(
        self,
        transport: Transport,
        guest: Guest,
        *,
        count: Callable[[int], None],
        require_time: Callable[[], None],
        seconds_left: Callable[[], float],
    ) -> None:
        self._transport = transport
        self._guest = guest
        self._count = count
        self._require_time = require_time
        self._seconds_left = seconds_left

    def send(self, request: Request, timeout: float | None = None) -> Response:
        """Send the request when it may be sent, and read its answer within ``timeout`` seconds from then.

        Raises ``Unanswered``, ``ReadOnly`` and, while it waits, ``Stopped`` or ``KeyboardInterrupt``.
        """
        waited: list[float] = []
        while True:
            self._guest.admit(request.method, self._require_time)
            self._count(1)
            response = self._transport.send(request, timeout)
            seconds = self._guest.puts_off(response, waited, self._seconds_left())
            if seconds is None:
                return response
            waited.append(seconds)

    def close(self) -> None:
        self._transport.close()
