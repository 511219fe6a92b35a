"""Write the collection: ``python -m tests.postman``."""

from __future__ import annotations

from tests.postman.collection import FILE, assembled, text_of
from tests.postman.converter import converted, installed

if __name__ == "__main__":
    with installed() as commands:
        FILE.write_text(text_of(assembled(converted(commands))), encoding="utf-8")
