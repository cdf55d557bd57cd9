"""Files of commands, run line by line up to the first failure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lab.shell.answer import Answer
from lab.shell.errors import ScriptError, ScriptStoppedError
from lab.shell.history import Keeping, keeping
from language import _, cause

if TYPE_CHECKING:
    from lab.shell.prompt import Shell

COMMENT = "#"
_LEAVE = ("exit", "quit")
_SAID = "> {command}"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a script and how it ended; `line` counts from 1, secrets in `command` are hidden."""

    line: int
    command: str
    ok: bool
    result: object = None
    error: str = ""


Report = Callable[[Step], None]


class Scripts:
    """Runs scripts, which may run scripts."""

    def __init__(self) -> None:
        self._running: list[Path] = []

    @property
    def running(self) -> bool:
        """Whether the lines come from a file now."""
        return bool(self._running)

    def run(
        self, shell: Shell, path: Path, *, keep_going: bool = False, report: Report | None = None
    ) -> Answer:
        """Run a file; raises ScriptError. A failed line makes the answer's `failure`."""
        steps: list[Step] = []
        with self._entered(path) as lines:
            for number, line in lines:
                shown = shown_line(line, shell.get_all_commands())
                shell.show(_SAID.format(command=shown))
                outcome = shell.run(line)
                steps.append(Step(number, shown, outcome.ok, outcome.data, outcome.error))
                if report is not None:
                    report(steps[-1])
                if line.split()[0] in _LEAVE or not (outcome.ok or keep_going):
                    break
        return _done(path, steps)

    @contextmanager
    def _entered(self, path: Path) -> Iterator[list[tuple[int, str]]]:
        whole = path.resolve()
        if whole in self._running:
            raise ScriptError(file=path, reason=_("a script cannot run itself"))
        lines = read_script(path)
        self._running.append(whole)
        try:
            yield lines
        finally:
            self._running.pop()


def read_script(path: Path) -> list[tuple[int, str]]:
    """The commands of a file with their line numbers; empty lines and comments are left out.

    Raises ScriptError.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ScriptError(file=path, reason=cause(error)) from None
    except UnicodeDecodeError:
        raise ScriptError(file=path, reason=_("this is no UTF-8 text")) from None
    numbered = ((number, line.strip()) for number, line in enumerate(text.splitlines(), start=1))
    return [(number, line) for number, line in numbered if line and not line.startswith(COMMENT)]


def shown_line(line: str, commands: Sequence[str]) -> str:
    """The line as it may be shown: of one that may hold a PIN or a key the first word only."""
    if keeping(line, commands) is not Keeping.NEVER:
        return line
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    return f"{words[0]} …" if len(words) > 1 else line


def _done(path: Path, steps: Sequence[Step]) -> Answer:
    failed = [step for step in steps if not step.ok]
    text = _("{file}: {count} commands").format(file=path, count=len(steps))
    failure = None
    if failed:
        failure = ScriptStoppedError(file=path, failed=len(failed), count=len(steps), line=failed[0].line)
    data = [asdict(step) for step in steps]
    return Answer(data, lambda console: None if failed else console.print(text, soft_wrap=True), failure)
