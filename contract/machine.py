"""Sequences of requests: one that has every two kinds side by side, and a state machine of Hypothesis for the rest."""

from __future__ import annotations

from itertools import chain

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from contract.lockstep import Lockstep
from contract.steps import MISUSES, Step
from contract.tasks import Body, Members

_VALID: tuple[Members, ...] = (
    {"title": "one"},
    {"title": "two", "description": "text", "done": True},
    {"title": "one", "done": True},
    {"title": "two", "description": ""},
    {"title": "one", "description": "other", "done": False},
)
_INVALID: tuple[Body, ...] = (
    {},
    {"title": "", "description": "refused", "done": True},
    {"title": "refused", "done": "true"},
    {"title": "refused", "description": None, "done": True},
    {"title": "refused", "extra": 1},
    b'{"title": "refused"',
)

_SLOT = st.integers(0, 2)
_BODY = st.sampled_from(_VALID)
_CONDITION = st.sampled_from(("", "", "present", "any"))
_CREATE = st.builds(Step, st.just("create"), body=_BODY)
_REPLACE = st.builds(Step, st.just("replace"), _SLOT, body=_BODY, condition=_CONDITION)
_DELETE = st.builds(Step, st.just("delete"), _SLOT, condition=_CONDITION)
_COME_LATE = st.builds(Step, st.sampled_from(("replace", "delete")), _SLOT, body=_BODY, condition=st.just("stale"))
_ERR = st.builds(Step, st.sampled_from(("create", "replace")), _SLOT, body=st.sampled_from(_INVALID))
_GO_BACK = st.builds(Step, st.sampled_from(("replace", "delete", "read")), _SLOT, body=_BODY, gone=st.just(True))
_READ = st.builds(Step, st.just("read"), _SLOT, condition=_CONDITION)
_LIST = st.builds(Step, st.just("list"), done=st.sampled_from((None, True, False)), limit=st.sampled_from((None, 1)))
_MISUSE = st.builds(Step, st.just("misuse"), _SLOT, number=st.integers(0, len(MISUSES) - 1))

_KINDS = (
    Step("list", done=True),
    Step("read"),
    Step("replace", body=_VALID[0]),
    Step("read", condition="present"),
    Step("replace", body=_VALID[1], condition="present"),
    Step("misuse"),
    Step("replace", body=_INVALID[1]),
    Step("replace", body=_VALID[4], condition="stale"),
    Step("delete", condition="stale"),
    Step("replace", 1, body=_VALID[2]),
    Step("delete"),
    Step("delete", condition="any"),
    Step("create", body=_INVALID[1]),
    Step("replace", gone=True, body=_VALID[1]),
    Step("create", body=_VALID[0]),
)


def tour(lockstep: Lockstep) -> None:
    """Take steps of each kind, so that each two kinds follow each other both ways, and each follows itself."""
    lockstep.take(Step("create", body=_VALID[3]))
    for index, kind in enumerate(_KINDS):
        for step in (kind, kind, *chain.from_iterable((other, kind) for other in _KINDS[index + 1 :])):
            lockstep.take(step)


class Clients(RuleBasedStateMachine):
    """Takes one step after the other, with the API and the model in lockstep.

    All requests are one rule: of several, Hypothesis leaves out some in each run, and few runs is what we can afford.
    """

    def __init__(self, steps: Lockstep) -> None:
        super().__init__()
        self._steps = steps

    @initialize(bodies=st.lists(_BODY, min_size=1, max_size=3))
    def begin(self, bodies: list[Members]) -> None:
        for body in bodies:
            self._steps.take(Step("create", body=body))

    @rule(step=st.one_of(_REPLACE, _CREATE, _DELETE, _COME_LATE, _ERR, _REPLACE, _GO_BACK, _READ, _LIST, _MISUSE))
    def request(self, step: Step) -> None:
        self._steps.take(step)
