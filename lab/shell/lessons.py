"""The help that teaches: for each command what it does on the card, and examples to type."""

from __future__ import annotations

from dataclasses import dataclass

from language import _


@dataclass(frozen=True, slots=True)
class Lesson:
    """One command. `usage` follows its name; `examples` are whole lines."""

    usage: str
    summary: str
    text: str = ""
    examples: tuple[str, ...] = ()


FIRST_STEPS = ("items *phone*", "read holder_name sex_code", "files", "apdu 00A4000002DDF1", "help apdu")


def lessons() -> dict[str, Lesson]:
    """All commands in the order in which they are learnt, in the reader's language."""
    return {**_by_name(), **_by_hand(), **_about_the_shell()}


def _by_name() -> dict[str, Lesson]:
    return {
        "read": Lesson(
            "ITEM… [--json]",
            _("read items by their names"),
            _(
                "The shell selects the file of each item, proves its read key with the SAM, reads and "
                "decodes. Entries of lists are counted from 1."
            ),
            ("read holder_name sex_code", "read allergies[1].allergen_name", "read photo --json"),
        ),
        "write": Lesson(
            "ITEM=VALUE… [--json]",
            _("write items by their names"),
            _(
                "All values are checked before the first is written. An empty VALUE empties the item; "
                "photo=FILE writes a picture. Dates are 2026-01-02, times 2026-01-02T09:30:00."
            ),
            ("write holder_phone_1=19900001234", "write abo_blood_type_code=1 asthma_flag=true"),
        ),
        "all": Lesson("[--json]", _("read the whole card"), "", ("all", "all --json")),
        "items": Lesson(
            "[PATTERN] [--json]",
            _("look up data items: Chinese name, place, length, coding, codes"),
            _(
                "PATTERN is a part of a name in either language, or has * and ?. A single hit shows "
                "its codes."
            ),
            ("items *phone*", "items 血型", "items sex_code"),
        ),
    }


def _by_hand() -> dict[str, Lesson]:
    return {
        "files": Lesson(
            "[--json]",
            _("show the files of the card, and what the keys held now open"),
            _(
                "Each file names the key that reads it and the key that writes it; `open` says that the key "
                "is proved, or that none is needed."
            ),
            ("files",),
        ),
        "select": Lesson(
            "PATH",
            _("select a file, and the DFs on the way to it"),
            _("PATH counts from the MF or from where you are; .. goes up."),
            ("select DDF1/EF05", "select DF01", "select EF05", "select .."),
        ),
        "auth": Lesson(
            "KEY",
            _("prove a key by EXTERNAL AUTHENTICATE"),
            _(
                "The card gives a random number, the SAM makes the answer from it, the card checks it. A "
                "wrong answer would cost the card one of its tries. Then `files` shows what the key opened."
            ),
            ("auth RK1_DDF1", "auth UK1_DF01"),
        ),
        "verify": Lesson(
            "",
            _("verify the PIN of the SAM"),
            _("The PIN is asked for and not shown. It is never kept in a file."),
            ("verify",),
        ),
        "apdu": Lesson(
            "HEX… [--to card|sam] [--expect SW] [--json]",
            _("send raw commands, each explained in words"),
            _(
                "An APDU is CLA INS P1 P2, then Lc and data, then Le. Blanks and colons do not matter. The "
                "last answer must be 9000 or 61xx, or what --expect says; X fits any digit."
            ),
            (
                "apdu 00A4000002DDF1",
                "apdu 00 A4 00 00 02 EF 05",
                "apdu 00B2390005",
                "apdu 00A4000002FFFF --expect 6A82",
                "apdu 00A4000002DF01 --to sam",
            ),
        ),
        "reset": Lesson(
            "[--to card|sam]",
            _("reset a card: the keys held and the selected file are gone"),
            "",
            ("reset", "reset --to sam"),
        ),
        "info": Lesson("[--json]", _("show readers, selected file, keys held, recording"), "", ("info",)),
    }


def _about_the_shell() -> dict[str, Lesson]:
    return {
        "record": Lesson(
            "FILE|off",
            _("write what passes into a trace for each card, until `record off`"),
            _(
                "`rhc trace explain` reads the files. PINs and keys are not in them; values of the person "
                "are."
            ),
            ("record run.jsonl", "record off"),
        ),
        "script": Lesson(
            "FILE [--keep-going]",
            _("run the commands in a file, up to the first that fails"),
            _("One command a line; empty lines and lines that begin with # are skipped."),
            ("script check.rhc", "script check.rhc --keep-going"),
        ),
        "history": Lesson(
            "[PATTERN] [--clear]",
            _("show the lines typed so far, or forget them"),
            _("Lines with PINs or keys are not kept; lines that write values are not kept in the file."),
            ("history", "history read", "history --clear"),
        ),
        "help": Lesson("[COMMAND]", _("show this list, or explain a command"), "", ("help", "help read")),
        "quit": Lesson("", _("leave the shell"), "", ("quit",)),
    }
