"""The task, its rules and its entity tag."""

from typing import Any, ClassVar

from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator, RegexValidator
from django.db import models

no_control_characters = RegexValidator(
    r"[\x00-\x1f\x7f]", "Control characters (U+0000 to U+001F, U+007F) are not allowed.", inverse_match=True
)
no_surrogates = RegexValidator(r"[\ud800-\udfff]", "Surrogates (U+D800 to U+DFFF) are not allowed.", inverse_match=True)


class Task(models.Model):
    """A task; its id comes from SQLite's AUTOINCREMENT and is never issued again."""

    title = models.CharField(
        max_length=200,
        validators=[no_control_characters, no_surrogates],
        error_messages={"blank": "The title is required and must not be empty."},
    )
    description = models.TextField(
        blank=True,
        default="",
        validators=[MaxLengthValidator(2000), ProhibitNullCharactersValidator(), no_surrogates],
    )
    done = models.BooleanField(default=False)
    version = models.PositiveBigIntegerField(default=1, editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["done", "id"], name="task_done_id")]

    def __str__(self) -> str:
        return f"{self.pk}: {self.title}"

    @property
    def etag(self) -> str:
        """The strong entity tag of the present state."""
        return f'"{self.pk}-{self.version}"'

    def as_dict(self) -> dict[str, Any]:
        """Return the members that the API shows."""
        return {"id": self.pk, "title": self.title, "description": self.description, "done": self.done}
