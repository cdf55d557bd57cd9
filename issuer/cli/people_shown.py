"""Who stands at the counter, as commands hear it: from a file or standard input, or asked for.

Numbers of documents are personal: they are not given on the command line, where every user of the machine
could read them, but in a JSON file such as

    {"presence": "guardian", "holder": {"type": "01", "number": "…"}, "other": {"type": "01", "number": "…"},
     "other_name": "…", "relation": "5", "proof": "1"}

or {"presence": "questions", "answers": {"birth_date": "…", "holder_phone_1": "…"}}.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from card_os.spec.errors import Phrase, PlainError
from issuer.cards.identity import Document, Presence, Shown
from language import _, cause

_STDIN = "-"
_TEXTS = ("other_name", "relation", "proof")

ShownFile = Annotated[
    Path | None,
    typer.Option(
        "--shown", help=_("JSON file with what was shown, - for standard input; else it is asked for")
    ),
]
Who = Annotated[Presence, typer.Option("--presence", help=_("who is there, where it is asked for"))]


class ShownFileError(PlainError):
    """A file that does not say what was shown."""

    template = "{file}: {reason}"


def shown_of(file: Path | None, presence: Presence = Presence.HOLDER) -> Shown:
    """What was shown, from a file or asked for; raises ShownFileError."""
    if file is None:
        return _asked(presence)
    try:
        text = sys.stdin.read() if str(file) == _STDIN else file.read_text("utf-8")
        return _parsed(json.loads(text))
    except OSError as error:
        raise ShownFileError(file=file, reason=cause(error)) from None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        reason = Phrase("presence, holder, other, other_name, relation, proof or answers are expected")
        raise ShownFileError(file=file, reason=reason) from None


def asked_document(whose: str) -> Document:
    """A document that is asked for."""
    kind = typer.prompt(_("{whose}: type of the document").format(whose=whose), default="01")
    return Document(str(kind), str(typer.prompt(_("{whose}: number of the document").format(whose=whose))))


def _asked(presence: Presence) -> Shown:
    if presence is Presence.QUESTIONS:
        answers = {}
        for item in ("birth_date", "holder_phone_1"):
            answers[item] = str(typer.prompt(_("answer for {item}").format(item=item)))
        return Shown(presence, answers=answers)
    holder = asked_document(_("holder"))
    if presence is Presence.HOLDER:
        return Shown(presence, holder)
    name = str(typer.prompt(_("name of the one who comes")))
    other = asked_document(name)
    if presence is Presence.AGENT:
        return Shown(presence, holder, other, other_name=name)
    relation = str(typer.prompt(_("relation, a code")))
    proof = str(typer.prompt(_("proof of the relation, a code")))
    return Shown(presence, holder, other, other_name=name, relation=relation, proof=proof)


def _parsed(found: Mapping[str, Any]) -> Shown:
    known = {"presence", "holder", "other", "answers", *_TEXTS}
    texts = {name: found.get(name, "") for name in _TEXTS}
    answers = dict(found.get("answers", {}))
    if set(found) - known or not all(isinstance(text, str) for text in (*texts.values(), *answers.values())):
        raise ValueError
    holder, other = (_document(found.get(name)) for name in ("holder", "other"))
    return Shown(Presence(found["presence"]), holder, other, answers=answers, **texts)


def _document(found: Mapping[str, Any] | None) -> Document | None:
    if found is None:
        return None
    kind, number = found["type"], found["number"]
    if not isinstance(kind, str) or not isinstance(number, str):
        raise TypeError
    return Document(kind, number)
