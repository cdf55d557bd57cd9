"""A PostgreSQL of one test worker: its own directory, a Unix socket and no network, gone with the worker."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SETTINGS = "-c listen_addresses='' -c fsync=off -c shared_buffers=16MB -c max_connections=40"


def programs() -> Path:
    """Where Debian keeps the programs of the newest PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    assert found, "PostgreSQL is not installed: `make setup-test` does it"
    return found[-1].parent


def _as_server(command: list[str], folder: Path) -> None:
    """Run a program of PostgreSQL, which refuses to work as root."""
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    ids = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    subprocess.run(command, cwd=folder, check=True, timeout=60, capture_output=True, **ids)


@contextmanager
def running() -> Iterator[str]:
    """The address of a server that runs while the block does; `{}` in it takes the name of a database."""
    # not below pytest's directory, whose path is too long for a socket and closed to the server's user
    folder = Path(tempfile.mkdtemp(prefix="rhc-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        data, control = folder / "data", str(programs() / "pg_ctl")
        _as_server([str(programs() / "initdb"), "-D", str(data), "-U", "rhc", "-A", "trust", "-N"], folder)
        start = [
            control,
            "-D",
            str(data),
            "-w",
            "-l",
            str(folder / "log"),
            "-o",
            f"{_SETTINGS} -k {folder}",
            "start",
        ]
        _as_server(start, folder)
        try:
            yield f"postgresql+psycopg://rhc@/{{}}?host={folder}"
        finally:
            _as_server([control, "-D", str(data), "-m", "immediate", "-w", "stop"], folder)
    finally:
        shutil.rmtree(folder)
