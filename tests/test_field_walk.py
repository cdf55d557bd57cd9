"""The walks prove the rows that they name, shown over a toy card and a toy SAM."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from field_script import Family, over_toys
from field_terminal import MiddlewareD79, MiddlewareMHC, MiddlewarePlain, TerminalRejects
from field_toy import ToyCard, ToySam
from field_walk import (
    ALL_ROWS,
    OPTIONAL_ROWS,
    ROWS_OF_AN_ISSUED_CARD,
    ROWS_OF_FAMILY,
    ROWS_WHILE_ISSUING,
    walk_apdus,
    walk_families,
    walk_issuing,
    walk_secure_binary,
)


def test_photo_that_is_too_long_is_refused() -> None:
    card = ToyCard()
    card.binary["DDF1", "EF07"][:2] = b"\xff\xff"
    terminal = over_toys(MiddlewareMHC, card, ToySam())
    terminal.power_on()
    terminal.sam_start("123456")
    with pytest.raises(TerminalRejects, match="error 113"):
        terminal.read_photo()


@pytest.mark.parametrize("family", ROWS_OF_FAMILY)
def test_each_family_proves_its_rows(family: Family) -> None:
    terminal = over_toys(family, ToyCard(), ToySam())
    proved = walk_apdus(terminal, internal_authentication=False)
    assert set(proved) - {"37"} == ROWS_OF_FAMILY[family]
    assert terminal.tolerated == []


def test_all_families_prove_every_row_of_an_issued_card() -> None:
    card, sam = ToyCard(), ToySam()
    proved = walk_families(lambda family: over_toys(family, card, sam))
    assert set(proved) == ROWS_OF_AN_ISSUED_CARD | {"10", "37"}


@pytest.mark.parametrize(("chip_maker", "rows"), [("008C", {"12", "22"}), ("0085", {"11", "23"})])
def test_issuing_with_the_deployed_library(chip_maker: str, rows: set[str]) -> None:
    terminal = over_toys(MiddlewareD79, ToyCard(chip_maker), ToySam())
    assert isinstance(terminal, MiddlewareD79)
    proved = walk_issuing(terminal)
    assert set(proved) & {"11", "12", "22", "23"} == rows


def test_a_card_that_ignores_the_lock_is_noticed() -> None:
    class NeverLocks(ToyCard):
        def transmit(self, apdu: bytes) -> bytes:
            return b"\x90\x00" if apdu[1] in (0x05, 0x44) else super().transmit(apdu)

    terminal = over_toys(MiddlewareD79, NeverLocks("008C"), ToySam())
    assert isinstance(terminal, MiddlewareD79)
    with pytest.raises(TerminalRejects, match="did not freeze"):
        walk_issuing(terminal)


def test_plain_issuing_and_the_optional_secure_binary() -> None:
    card, sam = ToyCard(), ToySam()
    terminal = over_toys(MiddlewarePlain, card, sam)
    assert isinstance(terminal, MiddlewarePlain)
    assert walk_issuing(terminal)["12"] == 15
    assert walk_secure_binary(terminal)["21"] == 1


def test_a_strict_walk_does_not_swallow() -> None:
    class TalksOnSelect(ToyCard):
        def transmit(self, apdu: bytes) -> bytes:
            response = super().transmit(apdu)
            return b"\x6f\x00" + response if apdu == bytes.fromhex("00A4000002EF05") else response

    card, sam = TalksOnSelect(), ToySam()
    assert set(walk_apdus(over_toys(MiddlewareMHC, card, sam), strict=False)) == ROWS_OF_FAMILY[MiddlewareMHC]
    with pytest.raises(TerminalRejects, match="row 04: swallowed: data where none is expected"):
        walk_apdus(over_toys(MiddlewareMHC, card, sam))


def test_wrong_lc_of_the_card_class_is_refused_by_the_card() -> None:
    terminal = over_toys(MiddlewareMHC, ToyCard(), ToySam())
    assert isinstance(terminal, MiddlewareMHC)
    terminal.power_on()
    terminal.sam_start("123456")
    assert terminal.write_card_class_with_wrong_lc(bytes.fromhex("010132")).hex() == "6988"
    assert terminal.read_public_file()[1] == bytes.fromhex("010131")


def test_the_rows_are_the_thirty_seven_of_the_table() -> None:
    assert len(ALL_ROWS) == 37
    assert ROWS_OF_AN_ISSUED_CARD | ROWS_WHILE_ISSUING | OPTIONAL_ROWS == ALL_ROWS


def test_the_second_opinion_imports_nothing_of_the_project() -> None:
    modules = sorted(Path(__file__).parent.glob("field_*.py"))
    assert len(modules) >= 8
    allowed = {"__future__", "collections", "dataclasses", "cryptography"} | {path.stem for path in modules}
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in names} <= allowed, path.name
