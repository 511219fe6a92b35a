"""An executable contract for a small task API: requirements, the laws that judge them, and the verdict.

This package never imports the reference server; only the command line starts it, as a process, when no target is named.
"""

from __future__ import annotations

CONTRACT_VERSIONS = ("1.0",)
"""The versions of the contract, oldest first; what a server must do never changes within one."""

CONTRACT_VERSION = CONTRACT_VERSIONS[-1]
SUITE_VERSION = "0.1.0"
