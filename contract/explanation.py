"""What to make of a violation that a sequence of requests showed: the shortest such sequence, or who else owns it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from contract.api import Api
from contract.exchange import created_id
from contract.expect import Blocked, Violation
from contract.jsontext import same
from contract.lockstep import Lockstep
from contract.property import SHRINK_TIME
from contract.steps import Step, made_anew, owner_of
from contract.tasks import Members

_FEW = 12

Found = tuple[Violation, Sequence[Step]]


def settle(api: Api) -> None:
    """Send one request of each kind, so that what an earlier sequence left for the next one is used up."""
    id = created_id(api.create(api.sample()).exchange)
    api.listing("limit=1")
    if id is not None:
        api.replace(id, api.sample())
        api.delete(id)


def explain(api: Api, bystanders: Mapping[int, Members], steps: Sequence[Step], seen: Violation) -> Violation | Blocked:
    """The violation of the shortest sequence, made of these steps, that still shows one; found within bounds.

    Where one of its steps fails in the same state, but made anew, nothing depends on what went before: that is
    ``Blocked`` by the requirement that owns the step.
    """
    unharmed = {id: shown for id, shown in bystanders.items() if same(api.read(id).document, shown)}
    if api.session.shrinks:
        seen, steps = _with_plain_requests(api, unharmed, *_shortest(api, unharmed, seen, steps))
    for end in range(max(len(steps) - _FEW, 0), len(steps)):
        anew = made_anew(steps[: end + 1])
        alone, _ = _retaken(api, unharmed, anew)
        if alone is not None and _retaken(api, unharmed, anew)[0] is not None:
            gone = any(step.verb == "delete" for step in anew[:-1])
            return Blocked(owner_of(anew[-1], gone=gone), alone.evidence[-1])
    return seen


def _shortest(api: Api, bystanders: Mapping[int, Members], seen: Violation, steps: Sequence[Step]) -> Found:
    """Leave out ever smaller parts, from the end to the beginning, as long as there is time."""
    end = time.monotonic() + SHRINK_TIME
    size = max(len(steps) // 2, 1)
    while size:
        position = len(steps)
        while position > 0 and time.monotonic() < end:
            position = max(min(position, len(steps)) - size, 0)
            shown, taken = _retaken(api, bystanders, [*steps[:position], *steps[position + size :]])
            seen, steps = (shown, taken) if shown is not None else (seen, steps)
        size //= 2
    return seen, steps


def _with_plain_requests(api: Api, bystanders: Mapping[int, Members], seen: Violation, steps: Sequence[Step]) -> Found:
    """Leave out conditions that hold: their tags make a sequence hard to repeat by hand."""
    for index, step in enumerate(steps[:_FEW]):
        if step.condition in ("present", "any"):
            plain = [*steps[:index], replace(step, condition=""), *steps[index + 1 :]]
            shown, _ = _retaken(api, bystanders, plain)
            seen, steps = (shown, plain) if shown is not None else (seen, steps)
    return seen, steps


def _retaken(
    api: Api, bystanders: Mapping[int, Members], steps: Sequence[Step]
) -> tuple[Violation | None, Sequence[Step]]:
    """The violation that these steps show, if any, and those of them that were taken until then."""
    settle(api)
    lockstep = Lockstep(api, bystanders)
    try:
        for step in steps:
            lockstep.take(step)
        lockstep.finish()
    except Violation as violation:
        return violation, lockstep.steps
    except Blocked:
        return None, lockstep.steps
    finally:
        api.clean_up(keep=api.anchors)
    return None, lockstep.steps
