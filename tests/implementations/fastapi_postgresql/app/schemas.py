"""What goes over the wire."""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

MAX_ID = 2**53 - 1


class TaskInput(BaseModel):
    """A task without its id, as clients send it."""

    model_config = ConfigDict(strict=True, extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\A[^\x00-\x1f\x7f]*\z")]
    description: Annotated[str, Field(max_length=2000, pattern=r"\A[^\x00]*\z")] = ""
    done: bool = False


class TaskOutput(BaseModel):
    """A task with its id."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    description: str
    done: bool


class Deleted(BaseModel):
    """The answer to a DELETE."""

    message: str = "Task deleted"


class ErrorDetail(BaseModel):
    """What is wrong with one member of the body, or one parameter."""

    field: str
    message: str


class Error(BaseModel):
    """The body of every refusal."""

    error: str
    details: list[ErrorDetail] | None = None


def _spelled(pattern: str) -> BeforeValidator:
    """Check the text of a parameter before pydantic, which takes "yes" for true and "+5" or "5_0" for numbers."""

    def check(value: object) -> object:
        # Some versions of FastAPI pass the defaults through here, too; what a client sent is always text.
        if isinstance(value, str) and not re.fullmatch(pattern, value):
            raise PydanticCustomError("spelling", "Text should match {pattern}", {"pattern": pattern})
        return value

    return BeforeValidator(check)


Flag = Annotated[bool, _spelled("true|false")]
WholeNumber = Annotated[int, _spelled("[0-9]{1,16}")]


class ListQuery(BaseModel):
    """The query of a list; unknown parameters are ignored."""

    done: Flag | None = None
    limit: Annotated[WholeNumber, Field(ge=1, le=100)] = 100
    after: Annotated[WholeNumber, Field(ge=0, le=MAX_ID)] = 0
