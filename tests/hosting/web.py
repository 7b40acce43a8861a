"""Web servers of one's own on loopback, a private certificate authority, and a client that trusts it."""

from __future__ import annotations

import contextlib
import datetime
import http.client
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from stszone.hosting import Serving
from tests.conformance.named import free_port

LOOPBACK = "127.0.0.1"
WAIT = 15.0
"""Seconds that a server has to answer or to end."""
PACKAGES = {"apache2": "apache2", "postmap": "postfix"}


def program(name: str) -> str:
    """A server's program; the test is skipped where it is missing, and fails where all have to be there."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        reason = f"{name} (Debian: {PACKAGES.get(name, name)}) is not installed"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    return found


def unprivileged() -> dict[str, object]:
    """For subprocess: servers run as nobody, as they may refuse to run as root."""
    if os.getuid() != 0:
        return {}
    return {"user": "nobody", "group": "nogroup", "extra_groups": []}


def directory_for_servers() -> Path:
    """A directory that a server can get into whoever it runs as; pytest's own are for their owner alone."""
    made = Path(tempfile.mkdtemp(prefix="stszone-"))
    made.chmod(0o777)
    return made


class Authority:
    """A certificate authority that nobody else trusts."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stszone tests")])
        self._certificate = self._sign(self._name, self._key, (x509.BasicConstraints(True, None),))

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        extensions: Sequence[x509.ExtensionType],
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(self._name)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=2))
        )  # fmt: skip
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def issue(self, directory: Path, hosts: Sequence[str]) -> None:
        """fullchain.pem and privkey.pem, as certbot would leave them."""
        directory.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        certificate = self._sign(x509.Name([]), key, (names,))
        (directory / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (directory / "privkey.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )

    def context(self) -> ssl.SSLContext:
        """A client that trusts this authority alone."""
        pem = self._certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class WebServer:
    """A web server with the configuration that stszone rendered."""

    kind: str
    root: Path
    authority: Authority
    http_port: int = field(default_factory=free_port)
    https_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def webroot(self) -> Path:
        return self.root / "policies"

    def serving(self, layout: str = "tree") -> Serving:
        """What is particular to this machine."""
        return Serving(
            layout, str(self.webroot), str(self.root / "live"), str(self.root / "acme"),
            addresses=(LOOPBACK, "[::1]"), http_port=self.http_port, https_port=self.https_port,
        )  # fmt: skip

    def main(self, rendered: str) -> str:
        """The file around the rendered one, which people have already, and which is of little help."""
        return {
            "nginx": f"""
daemon off; worker_processes 1; pid {self.root}/nginx.pid; error_log {self.root}/error.log;
events {{ }}
http {{
    access_log off; client_body_temp_path {self.root}/t1; proxy_temp_path {self.root}/t2;
    fastcgi_temp_path {self.root}/t3; uwsgi_temp_path {self.root}/t4; scgi_temp_path {self.root}/t5;
    gzip on; gzip_min_length 1; gzip_types text/plain; charset utf-8;
    types {{ text/html txt; }}
    include {rendered};
}}
""",
            "caddy": f"""
{{
    admin off
    default_bind {LOOPBACK} ::1
    http_port {self.http_port}
    https_port {self.https_port}
}}
import {rendered}
""",
            "apache": f"""
ServerRoot {self.root}
ServerName localhost
PidFile {self.root}/apache.pid
ErrorLog {self.root}/error.log
DefaultRuntimeDir {self.root}
Listen {LOOPBACK}:{self.http_port}
Listen {LOOPBACK}:{self.https_port}
Listen [::1]:{self.http_port}
Listen [::1]:{self.https_port}
{self._modules()}
AddDefaultCharset utf-8
UseCanonicalName On
AddType text/html .txt
AddOutputFilterByType DEFLATE text/plain
<Directory />
    AllowOverride None
    Require all denied
</Directory>
Include {rendered}
""",
        }[self.kind]

    def _modules(self) -> str:
        names = ("mpm_event", "authz_core", "alias", "env", "headers", "ssl", "deflate", "filter", "mime")
        lines = [f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in names]
        return "\n".join([*lines, "TypesConfig /etc/mime.types"])

    def write(self, files: Mapping[str, bytes]) -> None:
        """What stszone rendered, where the web server looks for it."""
        for name, data in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        rendered = next(name for name in files if name.endswith(("mta-sts.conf", "mta-sts.caddy")))
        (self.root / "main.conf").write_text(self.main(str(self.root / rendered)))

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The program, for as long as it needs to look at its configuration."""
        return subprocess.run(
            [*self._command(), *words], capture_output=True, text=True, timeout=WAIT, env=self._environment(),
            **unprivileged(),  # type: ignore[call-overload]  # the pieces of a call
        )  # fmt: skip

    def check(self) -> subprocess.CompletedProcess[str]:
        """What the server itself says of the configuration."""
        words = {
            "nginx": ("-t",),
            "apache": ("-t",),
            "caddy": (
                "adapt",
                "--adapter",
                "caddyfile",
                "--validate",
                "--config",
                str(self.root / "main.conf"),
            ),
        }
        return self.run(*words[self.kind])

    def _command(self) -> list[str]:
        main = str(self.root / "main.conf")
        match self.kind:
            case "nginx":
                return [program("nginx"), "-p", str(self.root), "-e", f"{self.root}/early.log", "-c", main]
            case "apache":
                return [program("apache2"), "-f", main]
        return [program("caddy")]

    def _environment(self) -> dict[str, str]:
        home = str(self.root)
        return {"PATH": os.environ["PATH"], "HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home}

    def start(self) -> None:
        """Start, and wait until it answers."""
        words = {
            "nginx": (),
            "apache": ("-DFOREGROUND",),
            "caddy": ("run", "--adapter", "caddyfile", "--config", str(self.root / "main.conf")),
        }
        log = (self.root / "output.log").open("wb")
        with log:
            self.process = subprocess.Popen(
                [*self._command(), *words[self.kind]], stdout=log, stderr=log, env=self._environment(),
                **unprivileged(),  # type: ignore[call-overload]  # the pieces of a call
            )  # fmt: skip
        end = time.monotonic() + WAIT
        for port in (self.http_port, self.https_port):
            while not self._listens(port):
                ended = self.process.poll() is not None
                assert not ended and time.monotonic() < end, (self.root / "output.log").read_text()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(0.02)  # its end would be the end of waiting

    def _listens(self, port: int) -> bool:
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
        except OSError:
            return False
        return True

    def remove(self) -> None:
        """Stop it, and leave nothing."""
        self.stop()
        shutil.rmtree(self.root)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(WAIT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(WAIT)
            self.process = None

    def fetch(
        self,
        host: str,
        path: str = "/.well-known/mta-sts.txt",
        *,
        sni: str = "",
        address: str = LOOPBACK,
        context: ssl.SSLContext | None = None,
    ) -> Answer:
        """An answer over HTTPS, from a server whose certificate is for the host.  Raises OSError."""
        plain = socket.create_connection((address, self.https_port), timeout=WAIT)
        with (context or self.authority.context()).wrap_socket(plain, server_hostname=sni or host) as secured:
            return _ask(secured, host, path)

    def fetch_plain(self, host: str, path: str) -> Answer:
        """An answer over HTTP."""
        with socket.create_connection((LOOPBACK, self.http_port), timeout=WAIT) as plain:
            return _ask(plain, host, path, "identity")


def _ask(connection: socket.socket, host: str, path: str, coding: str = "gzip") -> Answer:
    client = http.client.HTTPConnection(host)
    client.sock = connection
    client.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
    client.putheader("Host", host)
    client.putheader("Accept-Encoding", coding)
    client.putheader("Connection", "close")
    client.endheaders()
    response = client.getresponse()
    return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
