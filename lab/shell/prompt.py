"""The shell itself: `cmd2` reads, completes and splits the lines, the actions do the work."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import cmd2
import typer
from rich.console import Console
from rich.table import Table

from card_os.spec.errors import PlainError
from lab.shell import actions, parsers, raw
from lab.shell.answer import Answer
from lab.shell.desk import Desk, Target, lost
from lab.shell.errors import LineRefusedError, UnknownCommandError
from lab.shell.history import LineHistory
from lab.shell.lessons import FIRST_STEPS, lessons
from lab.shell.recording import Recording
from lab.shell.scripts import Scripts
from lab.shell.tree import file_tree
from language import _, describe

# commands of cmd2 that reach beyond the cards: other programs, files, Python
_NOT_OURS = ("alias", "edit", "macro", "run_pyscript", "run_script", "set", "shell", "shortcuts")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the last line ended: what it found, or one line that says what went wrong."""

    data: object = None
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return not self.error


class Shell(cmd2.Cmd):
    """The commands at a prompt. Nothing that a command raises leaves it, and it outlives its cards.

    `ask_pin` asks a person for the PIN of the SAM. With `silent` nothing is printed; `outcome` has it all.
    """

    def __init__(
        self,
        desk: Desk,
        lines: LineHistory,
        ask_pin: Callable[[], str],
        *,
        as_json: bool = False,
        silent: bool = False,
        stdout: TextIO | None = None,
    ) -> None:
        super().__init__(
            stdout=stdout,
            allow_cli_args=False,
            allow_clipboard=False,
            allow_redirection=False,
            shortcuts={"?": "help"},
            terminators=[],
        )
        for name in _NOT_OURS:
            setattr(self, f"do_{name}", None)
        self.desk, self.lines, self.outcome = desk, lines, Outcome()
        self.silent = silent
        self._ask_pin, self._as_json = ask_pin, as_json
        self._recording = Recording(desk)
        self.scripts = Scripts()
        self.intro = _("A shell for one card and its SAM. `help` teaches; Tab completes; Ctrl-D leaves.")
        self._renew_line_recall()
        self._name_place()

    def close(self) -> None:
        """End the recording and let the cards go."""
        self._recording.stop()
        self.desk.drop()

    # --- one line -----------------------------------------------------------------------------------------

    def run(self, line: str) -> Outcome:
        """Run one line as if it were typed, and tell how it ended."""
        self.onecmd_plus_hooks(line, raise_keyboard_interrupt=True)
        return self.outcome

    def onecmd_plus_hooks(self, line: str, **options: Any) -> bool:  # noqa: ANN401
        """Run a line; cmd2's own errors, such as quotation marks that do not match, count as failures."""
        self.outcome = Outcome(error=_("the line cannot be read") if line.strip() else "")
        if not self.scripts.running and line.strip() and not self.lines.add(line, self.get_all_commands()):
            self._renew_line_recall()
        stop = super().onecmd_plus_hooks(line, **options)
        self._name_place()
        return stop

    def onecmd(self, statement: cmd2.Statement | str, *, add_to_history: bool = True) -> bool:
        """Run a command; whatever it raises becomes one line."""
        self.outcome = Outcome(error=_("wrong usage"))
        try:
            if isinstance(statement, cmd2.Statement) and statement.redirector:
                raise LineRefusedError(reason=_("put > and | between quotation marks"))
            return super().onecmd(statement, add_to_history=False)
        except KeyboardInterrupt:
            self.desk.drop()
            self._fail(_("interrupted"))
            raise
        except PlainError as error:
            if lost(error):
                self.desk.drop()
            self._fail(describe(error))
        except OSError as error:
            self._fail(describe(error))
        except typer.Abort:
            self._fail(_("interrupted"))
        return False

    def default(self, statement: cmd2.Statement) -> bool | None:
        """A word that is no command."""
        near = self._suggest_similar_command(statement.command)
        raise UnknownCommandError(name=statement.command, hint=f" ({near}?)" if near else "")

    def pexcept(self, exception: BaseException, **_kwargs: object) -> None:
        """A fault of ours, in one line; the card may be in any state now."""
        _log.debug("a command of the shell failed", exc_info=exception)
        self.desk.drop()
        self._fail(_("internal error: {kind}").format(kind=type(exception).__name__))

    # --- commands -----------------------------------------------------------------------------------------

    @cmd2.with_argparser(parsers.read)
    def do_read(self, args: argparse.Namespace) -> None:
        """Read items."""
        self._tell(actions.read(self.desk, args.items), args)

    @cmd2.with_argparser(parsers.write)
    def do_write(self, args: argparse.Namespace) -> None:
        """Write items."""
        self._tell(actions.write(self.desk, args.assignments), args)

    @cmd2.with_argparser(parsers.whole)
    def do_all(self, args: argparse.Namespace) -> None:
        """Read everything."""
        self._tell(actions.read_all(self.desk), args)

    @cmd2.with_argparser(parsers.items)
    def do_items(self, args: argparse.Namespace) -> None:
        """Look up items."""
        self._tell(actions.items(self.desk, args.pattern), args)

    @cmd2.with_argparser(parsers.files)
    def do_files(self, args: argparse.Namespace) -> None:
        """Show the file tree."""
        self._tell(file_tree(self.desk.views[Target.CARD]), args)

    @cmd2.with_argparser(parsers.select)
    def do_select(self, args: argparse.Namespace) -> None:
        """Select a file."""
        self._tell(actions.select(self.desk, args.path), args)

    @cmd2.with_argparser(parsers.auth)
    def do_auth(self, args: argparse.Namespace) -> None:
        """Prove a key."""
        self._tell(actions.authenticate(self.desk, args.key), args)

    @cmd2.with_argparser(parsers.verify)
    def do_verify(self, args: argparse.Namespace) -> None:
        """Verify the PIN of the SAM."""
        self._tell(actions.verify(self.desk, self._ask_pin()), args)

    @cmd2.with_argparser(parsers.apdu)
    def do_apdu(self, args: argparse.Namespace) -> None:
        """Send raw commands."""
        self._tell(raw.send(self.desk, parsers.target(args), raw.parse(args.hex), args.expect), args)

    @cmd2.with_argparser(parsers.reset)
    def do_reset(self, args: argparse.Namespace) -> None:
        """Reset a card."""
        self._tell(actions.reset(self.desk, parsers.target(args)), args)

    @cmd2.with_argparser(parsers.info)
    def do_info(self, args: argparse.Namespace) -> None:
        """Show where we are."""
        self._tell(actions.info(self.desk, self._recording), args)

    @cmd2.with_argparser(parsers.record)
    def do_record(self, args: argparse.Namespace) -> None:
        """Record what passes."""
        self._tell(actions.record(self._recording, args.file), args)

    @cmd2.with_argparser(parsers.script)
    def do_script(self, args: argparse.Namespace) -> None:
        """Run a file of commands."""
        done = self.scripts.run(self, Path(args.file).expanduser(), keep_going=args.keep_going)
        self._tell(done, args)

    @cmd2.with_argparser(parsers.history)
    def do_history(self, args: argparse.Namespace) -> None:
        """Show the lines typed so far."""
        if args.clear:
            self.lines.clear()
            self._renew_line_recall()
        found = [line for line in self.lines.lines if args.pattern in line]
        text = "\n".join(found)
        self._tell(Answer(found, lambda console: console.print(text, soft_wrap=True) if text else None), args)

    @cmd2.with_argparser(parsers.show_help)
    def do_help(self, args: argparse.Namespace) -> None:
        """Teach."""
        if args.command is None:
            self._tell(_overview(), args)
        elif args.command in lessons():
            self.onecmd_plus_hooks(f"{args.command} --help")
            self.outcome = Outcome()
        else:
            raise UnknownCommandError(name=args.command, hint="")

    def do_quit(self, _statement: object) -> bool | None:
        """Leave."""
        self.outcome = Outcome()
        return True

    do_exit = do_quit

    def do__eof(self, _statement: object) -> bool | None:
        """Leave at the end of the input; on a terminal the next prompt gets a line of its own."""
        if self.stdout.isatty():
            self.stdout.write("\n")
        return self.do_quit(_statement)

    # --- words --------------------------------------------------------------------------------------------

    def show(self, text: str) -> None:
        """One dim line, such as the command of a script."""
        if not self.silent:
            self._console().print(text, style="dim", soft_wrap=True)

    def _tell(self, answer: Answer, args: argparse.Namespace) -> None:
        if self.silent:
            pass
        elif self._as_json or getattr(args, "as_json", False):
            self.print_to(self.stdout, json.dumps(answer.data, ensure_ascii=False), soft_wrap=True)
        else:
            answer.show(self._console())
        self.outcome = Outcome(answer.data)
        if answer.failure is not None:
            self._fail(describe(answer.failure))

    def _fail(self, line: str) -> None:
        self.outcome = Outcome(self.outcome.data, line)
        if not self.silent:
            self.perror(line)

    def _console(self) -> Console:
        return Console(file=self.stdout, highlight=False, markup=False)

    def _name_place(self) -> None:
        view = self.desk.views[Target.CARD]
        self.prompt = f"rhc {view.current.label}> " if self.desk.connected else "rhc> "

    def _renew_line_recall(self) -> None:
        """What the arrow keys bring back is what may be remembered, and no line with a PIN."""
        recall: Any = self.main_session.history
        recall.clear()
        for line in self.lines.lines:
            recall.append_string(line)


def _overview() -> Answer:
    known = lessons()
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, lesson in known.items():
        table.add_row(name, lesson.summary)

    def show(console: Console) -> None:
        console.print(table)
        console.print("\n" + _("To begin with:"))
        for step in FIRST_STEPS:
            console.print(f"  {step}")

    return Answer({name: lesson.summary for name, lesson in known.items()}, show)
