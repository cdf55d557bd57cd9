"""A plan that is edited while cards run under it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from card_os.faults.errors import FaultPlanError
from card_os.faults.plan import Plan
from card_os.faults.reader import read_plan

Version = tuple[int, int, int] | None
Tell = Callable[[FaultPlanError | None], None]


def _keep_quiet(error: FaultPlanError | None) -> None:
    """Tell nobody."""


class PlanFile:
    """The plan in a file, read anew when the file has changed.

    `tell` hears of each change: None where the new plan is in force, the error where the old one stays.
    """

    def __init__(self, path: Path, tell: Tell = _keep_quiet) -> None:
        """Read the plan for the first time; raises FaultPlanError."""
        self.path, self._tell = path, tell
        self._version = self._look()
        self._plan = read_plan(path)

    @property
    def plan(self) -> Plan:
        """The last plan that could be read; looks at the file first."""
        version = self._look()
        if version != self._version:
            self._version = version
            self._read()
        return self._plan

    def _read(self) -> None:
        try:
            self._plan = read_plan(self.path)
        except FaultPlanError as error:
            self._tell(error)
        else:
            self._tell(None)

    def _look(self) -> Version:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
