"""A pcscd of our own: started on a socket that we listen on, ended by its process number."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from card_os.spec.errors import Phrase
from lab.pcsc import activate, reader_names
from lab.pcsc.client import SOCKET_VARIABLE, SYSTEM_SOCKET
from lab.pcsc.configuration import (
    SLOTS_PER_ENTRY,
    ReaderEntry,
    ReaderPlan,
    Slot,
    configuration_text,
    install_entries,
    match_slots,
)
from lab.pcsc.errors import DaemonFailed
from lab.pcsc.parts import Parts, build_loopback
from language import _, cause

READY_SECONDS = 10.0
END_SECONDS = 5.0
LOG_NAME = "pcscd.log"
CONFIGURATION_NAME = "reader.conf"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Daemon:
    """A running pcscd, its socket and its slots."""

    process: subprocess.Popen[bytes]
    socket: Path
    slots: tuple[Slot, ...]

    @property
    def pid(self) -> int:
        """The process number of pcscd itself."""
        return self.process.pid

    def stop(self) -> None:
        """End pcscd and remove its socket; harmless when it has ended already."""
        _end(self.process)
        self.socket.unlink(missing_ok=True)


def start_daemon(
    plans: Sequence[ReaderPlan], *, parts: Parts, directory: Path, socket_path: Path, preload: bool, say: Say
) -> Daemon:
    """Start pcscd with these readers and wait until PC/SC lists them.

    `directory` takes the configuration, the copies of the driver and the log. `DaemonFailed` when pcscd ends,
    does not answer, or comes up without some of the readers (their ports are in use).
    """
    entries = install_entries(plans, parts.vpcd, directory)
    configuration = directory / CONFIGURATION_NAME
    configuration.write_text(configuration_text(entries), encoding="ascii")
    loopback = build_loopback(directory) if preload else None
    if loopback is None:
        say(_("The virtual readers listen on all network addresses, not on this machine only."))
    command = [str(parts.pcscd), "--foreground", "--config", str(configuration)]
    process = _spawn(command, socket_path, loopback, directory / LOG_NAME)
    try:
        slots = _await_slots(process, socket_path, entries)
    except BaseException:
        _end(process)
        socket_path.unlink(missing_ok=True)
        raise
    return Daemon(process, socket_path, slots)


def _spawn(command: list[str], socket_path: Path, preload: Path | None, log: Path) -> subprocess.Popen[bytes]:
    private_run = _needs_private_run(socket_path)
    # Linux ends the child with the thread that started it; only the main thread lives as long as the process.
    owner = os.getpid() if threading.current_thread() is threading.main_thread() else 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener, log.open("wb") as output:
        try:
            listener.bind(str(socket_path))
        except OSError as error:
            reason = Phrase(
                "cannot open the socket {socket}: {cause}", socket=socket_path, cause=cause(error)
            )
            raise DaemonFailed(reason=reason) from error
        socket_path.chmod(0o666)  # as pcscd does: every user of the machine may talk to the readers
        listener.listen()
        launcher = [sys.executable, "-I", "-S", activate.__file__]
        launcher += [str(listener.fileno()), "1" if private_run else "0", str(owner), str(preload or "")]
        namespaces = ["unshare", "--user", "--map-root-user", "--mount"] if private_run else []
        return subprocess.Popen(  # noqa: S603 - all of it is ours
            [*namespaces, *launcher, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=[listener.fileno()],
            start_new_session=True,  # Ctrl-C is for us: we end pcscd after the cards are out
        )


def _needs_private_run(socket_path: Path) -> bool:
    # pcscd ends when it cannot make its directory in /run, though with a handed socket it has no use for it.
    directory = SYSTEM_SOCKET.parent
    return socket_path != SYSTEM_SOCKET and os.geteuid() != 0 and not directory.is_dir()


def _await_slots(
    process: subprocess.Popen[bytes], socket_path: Path, entries: Sequence[ReaderEntry]
) -> tuple[Slot, ...]:
    """Ask for the names in a process of its own, because this one may be bound to another pcscd.

    The question waits in the queue of the socket until pcscd has loaded all readers; if pcscd ends, it fails.
    """
    asker = [sys.executable, "-P", reader_names.__file__]
    environment = {**os.environ, SOCKET_VARIABLE: str(socket_path)}
    try:
        done = subprocess.run(  # noqa: S603 - all of it is ours
            asker, env=environment, capture_output=True, timeout=READY_SECONDS, check=False, text=True
        )
    except subprocess.TimeoutExpired:
        raise DaemonFailed(
            reason=Phrase(
                "pcscd does not answer on {socket} within {seconds:g} s",
                socket=socket_path,
                seconds=READY_SECONDS,
            )
        ) from None
    if process.poll() is not None:
        raise DaemonFailed(reason=Phrase("pcscd ended at once with code {code}", code=process.returncode))
    if done.returncode != 0:
        raise DaemonFailed(reason=Phrase("pcscd does not answer on {socket}", socket=socket_path))
    slots = match_slots(done.stdout.splitlines(), entries)
    there = {slot.port for slot in slots}
    for entry in entries:
        for port in range(entry.base_port, entry.base_port + SLOTS_PER_ENTRY):
            if port not in there:
                reason = Phrase(
                    "pcscd came up without a slot of {name!r}: is port {port} in use?",
                    name=entry.friendly_name,
                    port=port,
                )
                raise DaemonFailed(reason=reason)
    return slots


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
            return
        process.kill()
        process.wait()
