"""Access rules: written in the tables, met by keys and states, closed by default."""

from __future__ import annotations

import pytest

from card_os.spec.access import ALWAYS, NEVER, AllOf, AnyOf, InState, Key, parse_rule


@pytest.mark.parametrize(
    ("text", "rule", "names"),
    [
        ("", NEVER, []),
        ("  ", NEVER, []),
        ("never", NEVER, []),
        ("always", ALWAYS, []),
        ("RK1", Key("RK1"), ["RK1"]),
        ("state:PERSO", InState("PERSO"), []),
        ("UK1 & state:PERSO", AllOf((Key("UK1"), InState("PERSO"))), ["UK1"]),
        ("UK1|UK2", AnyOf((Key("UK1"), Key("UK2"))), ["UK1", "UK2"]),
        ("A | B & C", AnyOf((Key("A"), AllOf((Key("B"), Key("C"))))), ["A", "B", "C"]),
    ],
)
def test_reading(text: str, rule: object, names: list[str]) -> None:
    parsed = parse_rule(text)
    assert parsed == rule
    assert list(parsed.key_names()) == names


@pytest.mark.parametrize("text", ["A B", "A &", "| A", "&", "A || B", "1A", "A;B", "Always!"])
def test_broken_rules(text: str) -> None:
    with pytest.raises(ValueError, match="is no access rule"):
        parse_rule(text)


@pytest.mark.parametrize(
    ("text", "keys", "state", "met"),
    [
        ("", {"A"}, "PERSO", False),
        ("never | never", {"A"}, "PERSO", False),
        ("always", set(), "ISSUED", True),
        ("A", set(), "ISSUED", False),
        ("A", {"B"}, "ISSUED", False),
        ("A", {"A", "B"}, "ISSUED", True),
        ("A & B", {"A"}, "ISSUED", False),
        ("A & B", {"A", "B"}, "ISSUED", True),
        ("A | B", {"B"}, "ISSUED", True),
        ("A & state:PERSO", {"A"}, "ISSUED", False),
        ("A & state:PERSO", set(), "PERSO", False),
        ("A & state:PERSO", {"A"}, "PERSO", True),
        ("A & never", {"A"}, "PERSO", False),
        ("A | B & C", {"A"}, "PERSO", True),
        ("A | B & C", {"B"}, "PERSO", False),
    ],
)
def test_meeting(text: str, keys: set[str], state: str, met: bool) -> None:
    assert parse_rule(text).allows(keys, state) is met
