"""From a law to a result: run it, settle what is not clear, run it again where that tells more."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from contract.api import Api
from contract.curl import commands
from contract.demand import ANY_WHOLE_ANSWER, OnTheWire
from contract.exchange import Exchange
from contract.expect import Blocked, Inconclusive, Skipped, Stopped, Violation
from contract.guest import ReadOnly
from contract.jsontext import printable, same, shorten
from contract.reading import JudgedByReading, api_of, snapshot
from contract.requirement import Requirement, catalogue, law_of
from contract.session import Session, is_settled
from contract.signature import signature_of
from contract.tasks import COLLECTION
from contract.transport import Target
from contract.verdict import Result, Status, ViolationReport

Law = Callable[[Api], None]

CONTROL_TRIES = 2
READING_TRIES = 4
"""So often a read-only run looks at a list that others change."""


@dataclass(frozen=True)
class _Outcome:
    status: Status
    reason: str | None = None
    violation: Violation | None = None
    unsettled: Exchange | None = None
    blocked_by: str | None = None
    blocking: Violation | None = None


def judge(entry: Requirement, law: Law, session: Session) -> Result:
    """The result of one law; raises ``Stopped`` where the run must end before there is one."""
    requests, started = session.requests, time.monotonic()
    outcome, intermittent = _settled(law, session)
    if outcome.blocked_by == entry.id and outcome.blocking is not None:
        # What the law has to begin with is broken already.
        outcome = _Outcome("fail", violation=outcome.blocking)
    status = outcome.status
    violations: tuple[ViolationReport, ...] = ()
    if outcome.violation is not None:
        violations = (_report(entry, outcome.violation, session, intermittent),)
        status = "fail" if entry.level == "MUST" else "warn"
    return Result(
        requirement=entry,
        status=status,
        reason=outcome.reason and session.target.options.hide(outcome.reason),
        requests=session.requests - requests,
        seconds=round(time.monotonic() - started, 4),
        violations=violations,
        blocked_by=outcome.blocked_by,
        blocking=_blocking(outcome, session),
    )


def contradicted(results: Sequence[Result], session: Session) -> list[Result]:
    """The results, but that a requirement which passed by itself, and blocks another one again, is broken after all."""
    found = {result.requirement.id: result for result in results}
    for result in results:
        owner = found.get(result.blocked_by or "")
        if owner is None or owner.status != "pass" or result.blocking is None:
            continue
        again = judge(result.requirement, law_of(result.requirement), session)
        if again.blocked_by == owner.requirement.id and again.blocking is not None:
            status: Status = "fail" if owner.requirement.level == "MUST" else "warn"
            found[owner.requirement.id] = replace(owner, status=status, violations=(again.blocking,))
    return [found[result.requirement.id] for result in results]


_CUT_SHORT = "wire.framing"
"""What blocks a law where a part of an answer did not come, which happens once where a server is started anew."""


def _settled(law: Law, session: Session) -> tuple[_Outcome, bool]:
    first = _attempt(law, session)
    if first.status not in ("fail", "inconclusive") and first.blocked_by != _CUT_SHORT:
        return first, False
    if first.unsettled is not None:
        require_control(session)
    session.shrinks = False
    try:
        second = _attempt(law, session)
    except Stopped:
        if first.violation is None or session.guest.read_only or _is_silence(first.violation, session):
            raise
        return first, False  # what was seen was seen; the next law meets the end of the run
    finally:
        session.shrinks = True
    if first.violation is not None and session.guest.read_only and second.violation is None:
        reason = f"this showed only once, and others may be at work: {first.violation.message}"
        return _Outcome("inconclusive", reason=reason), False
    if first.violation is not None:
        if _is_silence(first.violation, session):
            require_control(session)
        return first, second.status == "pass"
    if second.unsettled is not None and first.unsettled is not None:
        require_control(session)
        if control_succeeds(session):
            session.incidents.append(second.unsettled)
        return second, False
    return second, second.violation is not None


def _is_silence(violation: Violation, session: Session) -> bool:
    """Whether what the server did wrong is to be silent, as one that has died is, unless this run kills it itself."""
    return session.server is None and bool(violation.evidence) and violation.evidence[-1].response is None


def _attempt(law: Law, session: Session) -> _Outcome:
    if not session.guest.read_only:
        return _attempt_once(law, session)
    # The tasks are somebody's, who may have changed them meanwhile.
    for _ in range(READING_TRIES):
        before = snapshot(session)
        outcome = _attempt_once(law, session)
        if outcome.status not in ("fail", "blocked") or same(before, snapshot(session)):
            return outcome
    return _Outcome("inconclusive", reason="the list changed each time, so that reading it tells nothing")


def _attempt_once(law: Law, session: Session) -> _Outcome:
    api = api_of(session)
    session.begin_law()
    try:
        law(api)
        if not api.may_write:
            raise ReadOnly
    except JudgedByReading:
        return _Outcome("pass", reason="as far as reading shows")
    except Violation as violation:
        return _Outcome("fail", violation=violation)
    except Blocked as blocked:
        return _Outcome("blocked", reason=str(blocked), blocked_by=blocked.by, blocking=_as_violation(blocked, api))
    except Inconclusive as inconclusive:
        return _Outcome("inconclusive", reason=str(inconclusive), unsettled=inconclusive.exchange)
    except Skipped as skipped:
        return _Outcome("skipped", reason=str(skipped))
    except Stopped:
        raise
    except Exception as error:
        return _Outcome("error", reason=shorten(printable(f"{type(error).__name__}: {error}")))
    else:
        return _Outcome("pass")
    finally:
        _clean_up(api)


def _as_violation(blocked: Blocked, api: Api) -> Violation | None:
    """What the requirement that blocks a law did not do there."""
    if blocked.exchange is None:
        return None
    request = blocked.exchange.request
    return Violation(
        f"{request.method} {request.path[:80]} did not do this.",
        expected="what the sentence says",
        received=blocked.exchange.outcome,
        evidence=api.journal.evidence(blocked.exchange),
        demands=[OnTheWire(blocked.exchange, request.body or b"", ANY_WHOLE_ANSWER)]
        if blocked.by == _CUT_SHORT
        else [],
    )


def _clean_up(api: Api) -> None:
    try:
        api.clean_up(keep=api.kept)
    except Stopped:
        """The end of the run removes what is left."""


def require_control(session: Session) -> None:
    """Ask the target something simple; raises ``Stopped`` where it does not answer that either."""
    for _ in range(CONTROL_TRIES):
        control = Api(session).attempt("GET", COLLECTION)
        if control.exchange.response is not None:
            return
    raise Stopped(f"The target stopped answering: {control.exchange.failure}")


def control_succeeds(session: Session) -> bool:
    """Whether the target answers a simple request with success."""
    control = Api(session).attempt("GET", COLLECTION)
    return is_settled(control.exchange.response) and control.status == 200


def _blocking(outcome: _Outcome, session: Session) -> ViolationReport | None:
    if outcome.blocking is None or outcome.blocked_by is None:
        return None
    owner = next(entry for entry in catalogue() if entry.id == outcome.blocked_by)
    return _report(owner, outcome.blocking, session, intermittent=True)


def _report(entry: Requirement, violation: Violation, session: Session, intermittent: bool) -> ViolationReport:
    hide = session.target.options.hide
    return ViolationReport(
        message=hide(printable(violation.message)),
        expected=hide(printable(violation.expected)),
        received=hide(printable(violation.received)),
        curl=tuple(map(hide, commands(violation.evidence.after(session.ledger.births), session.target))),
        intermittent=intermittent,
        signature=signature_of(entry.topic, violation, session.target.url, hide),
        script=partial(_script, entry, violation, session.target, dict(session.ledger.births)),
    )


def _script(entry: Requirement, violation: Violation, target: Target, births: Mapping[int, Exchange]) -> str:
    from contract.artifacts.script import script

    return target.options.hide(script(entry, violation, target, births))
