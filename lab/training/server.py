"""The training page on a port: for as long as a command runs, or beside the simulator in a thread."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import uvicorn

from card_os.spec.errors import Phrase, PlainError
from lab.ending import told_to_end
from lab.training.classroom import Classroom
from lab.training.web.app import create_app
from language import cause

LOOPBACK, PORT = "127.0.0.1", 8765
STOP_SECONDS = 20.0
_LAST_CALLS_SECONDS = 1
_BACKLOG = 256


class NotOnLoopbackError(PlainError):
    """An address that others reach, without what that takes."""

    template = "{host} is reached from other machines: give a trainer's password, a certificate and its key"


class CertificateError(PlainError):
    """A certificate or its key with which nothing can be served."""

    template = "TLS, {file}: {reason}"


class AddressError(PlainError):
    """An address on which nothing can be served."""

    template = "{host} port {port}: {reason}"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the page is served, over HTTP without certificate and key; `free_port`: any port will do."""

    host: str = LOOPBACK
    port: int = PORT
    certificate: Path | None = None
    key: Path | None = None
    free_port: bool = False

    @property
    def is_loopback(self) -> bool:
        """Whether nobody but this machine reaches it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def has_tls(self) -> bool:
        """Whether it is served over TLS."""
        return self.certificate is not None and self.key is not None

    def check(self, classroom: Classroom) -> None:
        """Raises NotOnLoopbackError for an address of others without TLS and a trainer's password.

        Raises CertificateError for a certificate that does not go with its key, or is alone.
        """
        if self.certificate is not None or self.key is not None:
            self._check_certificate()
        if not self.is_loopback and not (self.has_tls and classroom.has_trainer):
            raise NotOnLoopbackError(host=self.host)

    def _check_certificate(self) -> None:
        if self.certificate is None or self.key is None:
            reason = Phrase("certificate and key go together")
            raise CertificateError(file=self.certificate or self.key, reason=reason)
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(self.certificate, self.key)
        except ssl.SSLError:
            reason = Phrase("no certificate in PEM that goes with the key")
            raise CertificateError(file=self.certificate, reason=reason) from None
        except OSError as error:
            raise CertificateError(file=f"{self.certificate}, {self.key}", reason=cause(error)) from None

    def listen(self) -> socket.socket:
        """A socket that listens there, on a free port where the wanted one is taken and another will do.

        Raises AddressError.
        """
        try:
            return self._bound(self.port)
        except OSError as error:
            if not self.free_port:
                raise AddressError(host=self.host, port=self.port, reason=cause(error)) from None
        try:
            return self._bound(0)
        except OSError as error:
            raise AddressError(host=self.host, port=0, reason=cause(error)) from None

    def _bound(self, port: int) -> socket.socket:
        try:
            family, kind, protocol, _name, address = socket.getaddrinfo(
                self.host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
        except (socket.gaierror, UnicodeError, OverflowError):
            reason = Phrase("no such address")
            raise AddressError(host=self.host, port=port, reason=reason) from None
        found = socket.socket(family, kind, protocol)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(address)
            found.listen(_BACKLOG)
        except BaseException:
            found.close()
            raise
        return found


class TrainingServer:
    """A server over a classroom; `url` is known once `listen` was called. Raises as `Address` does."""

    def __init__(self, classroom: Classroom, address: Address) -> None:
        address.check(classroom)
        self._classroom, self._stopped = classroom, threading.Event()
        self._socket = address.listen()
        port = self._socket.getsockname()[1]
        host = f"[{address.host}]" if ":" in address.host else address.host
        self.url = f"{'https' if address.has_tls else 'http'}://{host}:{port}/"
        config = uvicorn.Config(
            create_app(classroom, [host] if address.is_loopback else None),
            log_level="critical",  # an error of ours is one line, see web.app; never a traceback
            access_log=False,
            server_header=False,
            ssl_certfile=str(address.certificate) if address.certificate else None,
            ssl_keyfile=str(address.key) if address.key else None,
            timeout_graceful_shutdown=_LAST_CALLS_SECONDS,
        )
        self._server = uvicorn.Server(config)

    def run(self) -> None:
        """Serve until Ctrl-C or SIGTERM, then keep all cards; in the main thread."""
        with told_to_end(self._stopped), self.running():
            self._stopped.wait()

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serve in a thread while the context lasts; the address of the page. Raises AddressError."""
        self._classroom.watch()
        thread = threading.Thread(target=self._serve, name="training page", daemon=True)
        thread.start()
        try:
            yield self.url
        finally:
            self._server.should_exit = True
            thread.join(STOP_SECONDS)
            self._socket.close()
            self._classroom.close()

    def _serve(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._stopped.set()
