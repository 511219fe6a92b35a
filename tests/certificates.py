"""Certificates of a private authority, made for the tests."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.targets import PATIENCE

_COMMANDS = """
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=test authority' -keyout ca.key -out ca.pem \\
  -addext keyUsage=critical,keyCertSign
openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\\nauthorityKeyIdentifier=keyid\\n' > extensions
openssl x509 -req -days 2 -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile extensions -out server.pem
"""


def make_certificates(folder: Path) -> None:
    """Put the authority's ``ca.pem``, and ``server.pem`` and ``server.key`` that it issued, into the folder."""
    if shutil.which("openssl") is None:
        pytest.skip("There is no openssl to make certificates with.")
    subprocess.run(["bash", "-ec", _COMMANDS], cwd=folder, check=True, capture_output=True, timeout=PATIENCE)
