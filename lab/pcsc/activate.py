"""Start pcscd with a socket it is handed: the activation protocol of systemd, without systemd.

Run as a program: `python -I -S activate.py DESCRIPTOR PRIVATE_RUN OWNER PRELOAD PROGRAM ARGUMENT…`. The
listening socket becomes descriptor 3 and LISTEN_PID the number of this process, which exec keeps: pcscd
accepts the socket only if the number is its own. PRIVATE_RUN is "1" for an empty /run of its own (the process
must be in a mount namespace of its own), OWNER is the process at whose end pcscd shall end or 0, PRELOAD a
library to preload or empty.
"""

import ctypes
import os
import signal
import sys

LISTEN_FDS_START = 3  # source: sd_listen_fds(3)
PR_SET_PDEATHSIG = 1  # source: prctl(2)


def main(descriptor: str, private_run: str, owner: str, preload: str, *command: str) -> None:
    """Prepare this process as pcscd expects it, then become pcscd."""
    libc = ctypes.CDLL(None, use_errno=True)
    if private_run == "1" and libc.mount(b"tmpfs", b"/run", b"tmpfs", 0, None) != 0:
        sys.exit(f"cannot mount a /run of its own: {os.strerror(ctypes.get_errno())}")
    if int(owner):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(owner):
            sys.exit("the process that wanted pcscd has ended")
    os.dup2(int(descriptor), LISTEN_FDS_START)
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "LISTEN_FDS": "1",
        "LISTEN_PID": str(os.getpid()),
    }
    if preload:
        environment["LD_PRELOAD"] = preload
    os.execve(command[0], list(command), environment)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main(*sys.argv[1:])
