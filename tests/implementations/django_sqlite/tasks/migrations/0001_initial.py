"""The table of tasks, with the index behind the filter."""

from typing import ClassVar

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    operations: ClassVar = [
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "title",
                    models.CharField(
                        error_messages={"blank": "The title is required and must not be empty."},
                        max_length=200,
                        validators=[
                            django.core.validators.RegexValidator(
                                "[\\x00-\\x1f\\x7f]",
                                "Control characters (U+0000 to U+001F, U+007F) are not allowed.",
                                inverse_match=True,
                            ),
                            django.core.validators.RegexValidator(
                                "[\\ud800-\\udfff]",
                                "Surrogates (U+D800 to U+DFFF) are not allowed.",
                                inverse_match=True,
                            ),
                        ],
                    ),
                ),
                (
                    "description",
                    models.TextField(
                        blank=True,
                        default="",
                        validators=[
                            django.core.validators.MaxLengthValidator(2000),
                            django.core.validators.ProhibitNullCharactersValidator(),
                            django.core.validators.RegexValidator(
                                "[\\ud800-\\udfff]",
                                "Surrogates (U+D800 to U+DFFF) are not allowed.",
                                inverse_match=True,
                            ),
                        ],
                    ),
                ),
                ("done", models.BooleanField(default=False)),
                ("version", models.PositiveBigIntegerField(default=1, editable=False)),
            ],
            options={
                "indexes": [models.Index(fields=["done", "id"], name="task_done_id")],
            },
        ),
    ]
