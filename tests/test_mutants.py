"""The conformance suite catches every mutant of the card: by the list, and in the long run by all cases."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from card_bench import card_in
from mutants import __main__ as command
from mutants import caught
from mutants.application import applied
from mutants.model import CodeChange, Mutant, MutantError, TableChange, mutants
from mutants.play import cases, failing, failing_on_the_sound_card

from card_os.kernel.commands import get_challenge
from card_os.spec.loader import load

ROOT = Path(__file__).parents[1]
GROUPS = "RSBCAMKPNGUI"
LEAST = 150
LIST = {catch.mutant: catch for catch in caught.read()}
CHALLENGE = "commands.get_challenge:GetChallenge.execute"


def changed(old: str, new: str, function: str = "GetChallenge.execute") -> Mutant:
    change = CodeChange("card_os.kernel.commands.get_challenge", function, old, new)
    return Mutant("A-test", "x", "x", change)


def in_table(row: str, column: str, old: str, new: str) -> Mutant:
    return Mutant("A-test", "x", "x", TableChange("health_card/files.csv", row, column, old, new))


# --- the list ---------------------------------------------------------------------------------------------


def test_there_are_enough_of_every_group():
    counted = Counter(mutant.group for mutant in mutants())
    assert sum(counted.values()) >= LEAST
    assert sorted(counted) == sorted(GROUPS)
    assert min(counted.values()) >= 8


def test_every_mutant_says_what_is_wrong_in_both_languages():
    for mutant in mutants():
        assert re.fullmatch(r"[A-Z]-[a-z0-9]+(-[a-z0-9]+)*", mutant.id), mutant.id
        assert mutant.english.isascii(), mutant.id
        assert re.search(r"[\u4e00-\u9fff]", mutant.chinese), mutant.id
    texts = Counter(text for m in mutants() for text in ((m.group, m.english), (m.group, m.chinese)))
    assert [text for text, count in texts.items() if count > 1] == []


def test_every_mutant_is_in_the_list():
    assert sorted(LIST) == [mutant.id for mutant in mutants()], "run `make mutants`"
    for mutant in mutants():
        assert (LIST[mutant.id].wrong, LIST[mutant.id].variant) == (mutant.english, mutant.variant)
        assert LIST[mutant.id].count > 0


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.id)
def test_the_case_of_the_list_catches_the_mutant_and_passes_the_sound_card(mutant):
    case = LIST[mutant.id].case
    assert failing(mutant, [case]) == (case,)
    assert sound(mutant.variant, case) == ()


@cache
def sound(variant: str, case: str) -> tuple[str, ...]:
    return failing_on_the_sound_card(variant, [case])


@pytest.mark.soak
def test_no_mutant_survives_all_cases(tmp_path, monkeypatch):
    monkeypatch.setattr(caught, "FILE", tmp_path / "caught.csv")
    assert command.main([]) == 0
    assert {catch.mutant for catch in caught.read()} == set(LIST)


# --- the machinery ----------------------------------------------------------------------------------------


def test_the_kernel_is_sound_again_afterwards():
    bench = card_in()
    with applied(changed("card.random(self.length)", "bytes(self.length)")):
        assert bench.do("0084000008") == bytes(8)
    assert bench.do("0084000008") != bytes(8)
    code = get_challenge.GetChallenge.execute.__code__
    with pytest.raises(ZeroDivisionError), applied(changed("card.random(self.length)", "bytes(self.length)")):
        raise ZeroDivisionError
    assert get_challenge.GetChallenge.execute.__code__ is code


def test_a_table_is_changed_for_cards_and_for_nobody_else():
    with applied(in_table("MF/DDF1/EF06", "read", "RK1_DDF1", "always")):
        bench = card_in()
        bench.select("DDF1/EF06")
        assert bench.send("00B2010400").sw == 0x9000
        assert list(load("health_card").files["MF/DDF1/EF06"].read.key_names()) == ["RK1_DDF1"]
    bench = card_in()
    bench.select("DDF1/EF06")
    assert bench.send("00B2010400").sw == 0x6982


@pytest.mark.parametrize(
    ("mutant", "said"),
    [
        (changed("card.randomly(8)", "b''"), "0 times"),
        (changed("self.length", "4"), "times, not once"),
        (changed("card.random(self.length)", "card.random( self.length )"), "changes nothing"),
        (changed("card.random(self.length)", "card.random("), "no Python"),
        (changed("", "pass"), "nothing is to be changed"),
        (changed("card.random(8)", "b''", "GetChallenge.run"), "has no GetChallenge.run"),
        (in_table("MF/DDF1/EF09", "read", "RK1_DDF1", "always"), "is not"),
        (in_table("MF/DDF1/EF06", "read", "RK1_DF01", "always"), "is not"),
        (in_table("MF/DDF1/EF06", "reading", "RK1_DDF1", "always"), "no column"),
        (in_table("MF/DDF1/EF06", "read", "RK1_DDF1", "RK1_DDF1"), "changes nothing"),
        (in_table("MF/DDF1/EF06", "read", "RK1_DDF1", "RK9_DDF1"), "the loader refuses it"),
    ],
)
def test_a_mutant_that_is_none_is_refused(mutant, said):
    with pytest.raises(MutantError, match=said), applied(mutant):
        pass
    assert card_in().send("0084000008").sw == 0x9000


def test_a_change_that_breaks_the_kernel_is_no_mutant():
    with pytest.raises(MutantError, match="NameError"):
        failing(changed("card.random(self.length)", "card_random(self.length)"), ["A1-00"])


def test_a_mutant_that_behaves_as_the_card_does_survives():
    same = changed("card.random(self.length)", "card.random(self.length)[:self.length]")
    assert failing(same, ["A1-00", "A5-01"]) == ()


def test_the_product_knows_of_no_mutant():
    rooms = ("card_os", "issuer", "reader_client", "lab", "language")
    sources = [file for room in rooms for file in (ROOT / room).rglob("*.py")]
    assert len(sources) > 100
    assert [file for file in sources if re.search(r"\bmutants?\b", file.read_text("utf-8"))] == []


def test_cases_are_those_of_the_suite():
    assert len(cases("")) >= 300
