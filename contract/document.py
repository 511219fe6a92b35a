"""The OpenAPI document that the suite carries."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_PLACES = (_HERE / "openapi.yaml", _HERE.parent / "specs" / "openapi.yaml")


def document_file() -> Path:
    """The file of the document: inside the package once installed, in ``specs/`` in a checkout."""
    return next(place for place in _PLACES if place.is_file())


@functools.cache
def load_document() -> dict[str, Any]:
    """The document as data."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: dict[str, Any] = yaml.load(document_file().read_bytes(), loader)
    return document
