"""`record FILE`: what passes, written into one trace file for each card, until `record off`."""

from __future__ import annotations

from pathlib import Path

from card_os.trace import TraceFile, card_path
from lab.shell.card_view import Listener
from lab.shell.desk import Desk


class Recording:
    """The trace files of a shell; PINs and keys are cut out of them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._open: list[tuple[list[Listener], Listener, TraceFile]] = []
        self.files: tuple[Path, ...] = ()

    def start(self, path: Path) -> None:
        """Record into `path` with the name of each card before its suffix; raises OSError."""
        self.stop()
        made = []
        for target, view in self._desk.views.items():
            file = card_path(path, target)
            trace = TraceFile(file, view.profile, target)
            made.append(file)
            view.listeners.append(trace.listener)
            self._open.append((view.listeners, trace.listener, trace))
        self.files = tuple(made)

    def stop(self) -> tuple[Path, ...]:
        """End the recording; returns the files that were written."""
        for listeners, listener, trace in self._open:
            listeners.remove(listener)
            trace.close()
        self._open.clear()
        done, self.files = self.files, ()
        return done
