"""Who may import whom: the rule of the house, read from the imports themselves."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PURE = {"card_os.iso7816", "card_os.crypto", "card_os.spec", "language"}
# a room and the rooms that it may use besides itself
MAY_USE = {
    "language": set(),
    "card_os.iso7816": set(),
    "card_os.crypto": set(),
    "card_os.spec": {"card_os.iso7816", "card_os.crypto"},
    "card_os.kernel": PURE - {"language"},
    "card_os": {*PURE, "card_os.kernel"},
    "command_line": {"card_os.spec", "language"},
    "issuer": {*PURE, "command_line"},
    "reader_client": {*PURE, "command_line"},
    "standard_interface": {"card_os.spec", "language"},
    "lab": {*PURE, "command_line", "card_os", "card_os.kernel", "issuer", "reader_client"},
}
STANDARD_LIBRARY_AND = {"card_os": {"cryptography", "gmssl_pyx"}, "language": {"babel"}}


def room_of(module: str) -> str | None:
    """The innermost room that a module lies in, None where it is not ours."""
    parts = module.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((name for name in names if name in MAY_USE), None)


def imports_of(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute here"
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def modules() -> list[Path]:
    rooms = {room.split(".")[0] for room in MAY_USE}
    return [file for room in sorted(rooms) for file in sorted((ROOT / room).rglob("*.py"))]


def test_there_is_something_to_check():
    assert len(modules()) > 40


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(ROOT)))
def test_module_keeps_the_rule(file):
    own = room_of(".".join(file.relative_to(ROOT).with_suffix("").parts))
    used = {room for room in map(room_of, imports_of(file)) if room is not None}
    assert used - {own} <= MAY_USE[own]


def test_the_card_needs_little():
    for room, extra in STANDARD_LIBRARY_AND.items():
        for file in (ROOT / room).rglob("*.py"):
            outside = {name.split(".")[0] for name in imports_of(file) if room_of(name) is None}
            assert outside <= set(sys.stdlib_module_names) | extra, file
