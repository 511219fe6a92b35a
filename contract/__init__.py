"""An executable contract for a small task API: requirements, the laws that judge them, and the verdict.

This package never imports the reference server; only the command line starts it, as a process, when no target is named.
"""

from __future__ import annotations

CONTRACT_VERSION = "1.0"
SUITE_VERSION = "0.1.0"
