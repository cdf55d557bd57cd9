"""What the commands of the shell do, whoever typed them: a prompt or a script."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from card_os.spec.codecs import Value
from lab.shell import moves
from lab.shell.answer import Answer, line
from lab.shell.desk import Desk, Target
from lab.shell.errors import LineRefusedError
from lab.shell.recording import Recording
from language import _, choose
from reader_client.commands import assigned_values
from reader_client.contents import json_value
from reader_client.items import find_items, item_row, print_items
from reader_client.tables import flat, print_card


def read(desk: Desk, names: Sequence[str]) -> Answer:
    """Items by their names."""
    values = desk.session().read(names)
    data = {name: json_value(value) for name, value in values.items()}
    return Answer(data, lambda console: print_card(console, desk.profile, values))


def read_all(desk: Desk) -> Answer:
    """The whole card."""
    contents = desk.session().read_all()
    return Answer(contents.to_json(), lambda console: print_card(console, desk.profile, flat(contents)))


def write(desk: Desk, assignments: Sequence[str]) -> Answer:
    """ITEM=VALUE, all of them checked before the first is written."""
    values = _assigned(desk, assignments)
    desk.session().update(values)
    return line({"written": list(values)}, _("written: {items}").format(items=", ".join(values)))


def items(desk: Desk, pattern: str) -> Answer:
    """The declared items that fit a pattern."""
    found = find_items(desk.profile, pattern)
    data = [item_row(desk.profile, item) for item in found]
    return Answer(data, lambda console: print_items(console, desk.profile, found))


def select(desk: Desk, path: str) -> Answer:
    """SELECT a file, and the DFs on the way."""
    view = desk.views[Target.CARD]
    file = moves.find_file(desk.profile, path, view.current_df.path)
    moves.select(desk, file)
    return line({"selected": view.current.path}, _("selected: {file}").format(file=view.current.label))


def authenticate(desk: Desk, key_name: str) -> Answer:
    """Prove a key."""
    key = moves.authenticate(desk, key_name)
    held = sorted(desk.views[Target.CARD].held)
    return line({"proved": key.name, "held": held}, _("proved: {key}").format(key=key.name))


def verify(desk: Desk, pin: str) -> Answer:
    """Verify the PIN of the SAM."""
    desk.verify(pin)
    return line({"verified": True}, _("the PIN is right"))


def reset(desk: Desk, target: Target) -> Answer:
    """Reset a card; rights and selection are gone."""
    desk.touched(target)
    atr = desk.channel(target).reset().hex().upper()
    return line({"atr": atr}, f"ATR {atr}")


def info(desk: Desk, recording: Recording) -> Answer:
    """Readers, selected file, rights held, recording; nothing is sent to a card."""
    view = desk.views[Target.CARD]
    readers = {state.name: state.atr.hex().upper() if state.atr else None for state in desk.readers()}
    here = view.current.path if desk.connected else None
    held = sorted(view.held) if desk.connected else []
    data = {
        "readers": readers,
        "connected": desk.connected,
        "selected": here,
        "held": held,
        "recording": [str(file) for file in recording.files],
    }
    rows = [(name, atr or _("no card")) for name, atr in readers.items()]
    rows.append((_("selected"), here or _("not connected")))
    rows.append((_("keys held"), ", ".join(_key(desk, name) for name in held) or "-"))
    rows.append((_("recording"), ", ".join(map(str, recording.files)) or "-"))
    text = "\n".join(f"{name}: {value}" for name, value in rows)
    return line(data, text)


def record(recording: Recording, path: str) -> Answer:
    """Start a recording, or end it where the path is `off`."""
    if path == "off":
        files = [str(file) for file in recording.stop()]
        return line({"recorded": files}, _("recorded: {files}").format(files=", ".join(files) or "-"))
    recording.start(Path(path).expanduser())
    files = [str(file) for file in recording.files]
    return line({"recording": files}, _("recording into {files}").format(files=", ".join(files)))


def _key(desk: Desk, name: str) -> str:
    key = desk.profile.keys.get(name)
    return name if key is None else f"{name} ({choose(key)})"


def _assigned(desk: Desk, assignments: Sequence[str]) -> dict[str, Value]:
    for assignment in assignments:
        name, equals, _text = assignment.partition("=")
        if not (equals and name):
            raise LineRefusedError(reason=_("{text}: ITEM=VALUE is expected").format(text=name))
    return assigned_values(desk.profile, assignments)
