"""An nginx of the tests' own, as a reverse proxy in front of a server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.targets import PATIENCE

# Workers of a master that is root would be nobody, who may not enter the folder; of any other, they are the same user.
_CONFIGURATION = """
user root root;
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port}{ssl};
    {certificates}
    location {base_path}/ {{
      {guard}
      proxy_pass {backend};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
    }}
  }}
}}
"""


@dataclass(frozen=True)
class Proxy:
    """What stands in front: a base path, a bearer token that it wants, a folder with a certificate and its key."""

    base_path: str = ""
    token: str = ""
    certificates: Path | None = None

    @contextmanager
    def before(self, backend: str) -> Iterator[str]:
        """The URL of the proxy in front of this server, as long as the block lasts; skips where there is no nginx."""
        program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin") or shutil.which("nginx")
        if program is None:
            pytest.skip("There is no nginx here.")
        with tempfile.TemporaryDirectory(prefix="nginx-") as folder:
            port = _free_port()
            configuration = Path(folder) / "nginx.conf"
            configuration.write_text(self._configuration(folder, port, backend))
            log = str(Path(folder) / "error.log")
            with subprocess.Popen([program, "-c", str(configuration), "-p", folder, "-e", log]) as process:
                try:
                    _await(port, process)
                    scheme, host = ("https", "localhost") if self.certificates else ("http", "127.0.0.1")
                    yield f"{scheme}://{host}:{port}{self.base_path}"
                finally:
                    process.terminate()

    def _configuration(self, folder: str, port: int, backend: str) -> str:
        guard = f'if ($http_authorization != "Bearer {self.token}") {{ return 401; }}' if self.token else ""
        place = self.certificates
        certificates = f"ssl_certificate {place}/server.pem; ssl_certificate_key {place}/server.key;" if place else ""
        return _CONFIGURATION.format(
            folder=folder,
            port=port,
            backend=backend,
            base_path=self.base_path,
            guard=guard,
            certificates=certificates,
            ssl=" ssl" if place else "",
        )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise TimeoutError(f"nginx did not listen on port {port}; its exit code is {process.poll()}.")
