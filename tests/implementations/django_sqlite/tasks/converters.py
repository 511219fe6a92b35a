"""URL converters."""

MAX_ID = 2**53 - 1


class TaskIdConverter:
    """The id of a task; text that is none does not match, and so is 404."""

    regex = "[1-9][0-9]{0,15}"

    def to_python(self, value: str) -> int:
        """Return the id."""
        task_id = int(value)
        if task_id > MAX_ID:
            raise ValueError(f"{value} is greater than {MAX_ID}.")
        return task_id

    def to_url(self, value: int) -> str:
        """Return the text of the id."""
        return str(value)
