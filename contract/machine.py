"""What clients may do, as a state machine of Hypothesis: it draws the steps of a sequence."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from contract.api import Body, Members
from contract.lockstep import Lockstep
from contract.steps import MISUSES, Step

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
