"""The words that the commands of the shell take, and how they are completed."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

import cmd2

from card_os.spec.loader import load
from lab.shell.desk import Target
from lab.shell.lessons import Lesson, lessons
from lab.shell.moves import proving_keys
from language import _
from reader_client.items import complete_assignments, complete_items

Parser = cmd2.Cmd2ArgumentParser
Completer = Callable[[cmd2.Cmd, str, str, int, int], cmd2.Completions]


def read() -> Parser:
    """`read ITEM…`."""
    parser = _parser("read")
    parser.add_argument("items", nargs="+", metavar="ITEM", completer=_offering(complete_items))
    return _with_json(parser)


def write() -> Parser:
    """`write ITEM=VALUE…`."""
    parser = _parser("write")
    completer = _offering(complete_assignments, finished=False)
    parser.add_argument("assignments", nargs="+", metavar="ITEM=VALUE", completer=completer)
    return _with_json(parser)


def whole() -> Parser:
    """`all`."""
    return _with_json(_parser("all"))


def items() -> Parser:
    """`items [PATTERN]`."""
    parser = _parser("items")
    parser.add_argument(
        "pattern", nargs="?", default="", metavar="PATTERN", completer=_offering(complete_items)
    )
    return _with_json(parser)


def files() -> Parser:
    """`files`."""
    return _with_json(_parser("files"))


def select() -> Parser:
    """`select PATH`."""
    parser = _parser("select")
    parser.add_argument("path", metavar="PATH", completer=_offering(_complete_path))
    return _with_json(parser)


def auth() -> Parser:
    """`auth KEY`."""
    parser = _parser("auth")
    parser.add_argument("key", metavar="KEY", completer=_offering(_complete_key))
    return _with_json(parser)


def verify() -> Parser:
    """`verify`."""
    return _with_json(_parser("verify"))


def apdu() -> Parser:
    """`apdu HEX…`."""
    parser = _parser("apdu")
    parser.add_argument("hex", nargs="+", metavar="HEX")
    parser.add_argument("--expect", metavar="SW", help=_("the status word that the last answer must have"))
    return _with_json(_with_target(parser))


def reset() -> Parser:
    """`reset`."""
    return _with_json(_with_target(_parser("reset")))


def info() -> Parser:
    """`info`."""
    return _with_json(_parser("info"))


def record() -> Parser:
    """`record FILE|off`."""
    parser = _parser("record")
    parser.add_argument("file", metavar="FILE|off", completer=cmd2.Cmd.path_complete)
    return _with_json(parser)


def script() -> Parser:
    """`script FILE`."""
    parser = _parser("script")
    parser.add_argument("file", metavar="FILE", completer=cmd2.Cmd.path_complete)
    parser.add_argument("--keep-going", action="store_true", help=_("go on after a command that fails"))
    return _with_json(parser)


def history() -> Parser:
    """`history [PATTERN]`."""
    parser = _parser("history")
    parser.add_argument("pattern", nargs="?", default="", metavar="PATTERN")
    parser.add_argument("--clear", action="store_true", help=_("forget all lines"))
    return _with_json(parser)


def show_help() -> Parser:
    """`help [COMMAND]`."""
    parser = _parser("help")
    parser.add_argument("command", nargs="?", metavar="COMMAND", completer=_offering(_complete_command))
    return parser


def _parser(name: str) -> Parser:
    lesson = lessons()[name]
    return Parser(
        description="\n".join(part for part in (lesson.summary, lesson.text) if part),
        epilog=_examples(lesson),
        formatter_class=cmd2.RawDescriptionCmd2HelpFormatter,
    )


def _examples(lesson: Lesson) -> str:
    return "\n".join((_("Examples:"), *(f"  {example}" for example in lesson.examples)))


def _with_json(parser: Parser) -> Parser:
    parser.add_argument("--json", action="store_true", dest="as_json", help=_("print JSON"))
    return parser


def _with_target(parser: Parser) -> Parser:
    parser.add_argument(
        "--to", choices=[str(one) for one in Target], default=str(Target.CARD), help=_("which card is meant")
    )
    return parser


def _offering(offer: Callable[[str], Iterable[tuple[str, str]]], *, finished: bool = True) -> Completer:
    """A completer from texts with their meaning; `finished` puts a blank behind the only one."""

    def complete(shell: cmd2.Cmd, text: str, line: str, begidx: int, endidx: int) -> cmd2.Completions:
        found = [cmd2.CompletionItem(value, display_meta=meaning) for value, meaning in offer(text)]
        return cmd2.Completions(found, allow_finalization=finished, is_sorted=True)

    return complete


def _complete_path(begin: str) -> list[tuple[str, str]]:
    labels = ((file.label, str(file.kind)) for file in load("health_card").files.values())
    return [(label, kind) for label, kind in labels if label.upper().startswith(begin.upper())]


def _complete_key(begin: str) -> list[tuple[str, str]]:
    keys = proving_keys(load("health_card"))
    return [(name, key.chinese) for name, key in keys.items() if name.startswith(begin.upper())]


def _complete_command(begin: str) -> list[tuple[str, str]]:
    return [(name, one.summary) for name, one in lessons().items() if name.startswith(begin)]


def target(args: argparse.Namespace) -> Target:
    """The card that `--to` names."""
    return Target(args.to)
