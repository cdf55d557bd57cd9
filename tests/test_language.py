"""Both languages are complete: the catalogue against the sources, the errors and the declaration."""

from __future__ import annotations

import ast
import importlib
import os
import pkgutil
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import card_os
import issuer
import lab
import language
import reader_client
from card_os.spec.codecs import encode, from_json
from card_os.spec.errors import Phrase, PlainError, ValueRefusedError
from card_os.spec.loader import load, variants
from lab import fault_plans
from language import current, describe, speaking
from language.missing import ROOMS, ROOT, texts

RHC = Path(sys.executable).with_name("rhc")
PROFILES = ("health_card", "sam")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# what typer itself says, for which it has no setting, and what stands in backquotes
NOT_PROSE = re.compile(
    r"`[^`]*`|Usage: .*|Show this message and exit\.|Try .* for help\."
    r"|Install completion for the current shell\."
    r"|Show completion for the current shell, to copy it or customize the installation\."
)
ENGLISH_SENTENCE = re.compile(r"\b(?:[a-z]{2,}[,;]? ){2}[a-z]{2,}\b")


def catalogue() -> Catalog:
    with (ROOT / "language" / "zh.po").open("rb") as stream:
        return read_po(stream, locale="zh")


def entries() -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalogue() if message.id}


def placeholders(text: str) -> set[tuple[str, str, str | None]]:
    return {(name, spec or "", conv) for _, name, spec, conv in Formatter().parse(text) if name is not None}


def every_class(base: type) -> Iterator[type]:
    for kind in base.__subclasses__():
        yield kind
        yield from every_class(kind)


# --- the catalogue ----------------------------------------------------------------------------------------


def test_every_marked_text_is_in_the_catalogue():
    found = {
        message
        for room in ROOMS
        for _, _, message, _, _ in extract_from_dir(
            ROOT / room, method_map=[("**.py", "python")], keywords={"_": None, "Phrase": None}
        )
    }
    assert len(found) > 300
    assert sorted(found - set(entries())) == []


def test_texts_are_marked_as_literals():
    """A text in a variable is one that no catalogue is made from."""
    for file in (file for room in ROOMS if room != "language" for file in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="_" | "Phrase"), args=[first, *_others]):
                    assert isinstance(first, ast.Constant), f"{file.relative_to(ROOT)}:{node.lineno}"


def test_every_error_has_its_template_in_the_catalogue():
    for package in (card_os, issuer, lab, reader_client):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            # what runs when it is imported, by python -m or by Alembic
            if not module.name.endswith(("__main__", "migrations.env")):
                importlib.import_module(module.name)
    ours = [kind for kind in every_class(PlainError) if not kind.__module__.startswith(("test", "tests"))]
    assert len(ours) > 50
    known = entries()
    assert {kind.template for kind in ours} - set(known) == set()


def test_no_entry_is_unused_fuzzy_or_empty():
    found = catalogue()
    assert [message.id for message in found if message.id and (message.fuzzy or not message.string)] == []
    assert list(found.obsolete) == []
    assert sorted(set(entries()) - set(texts())) == []


def test_entries_stand_once_and_in_order():
    written = [
        line for line in (ROOT / "language" / "zh.po").read_text("utf-8").splitlines() if line[:6] == "msgid "
    ]
    assert len(written) - 1 == len(entries())  # the first is the header
    assert list(entries()) == sorted(entries())


def test_placeholders_agree():
    differing = [en for en, zh in entries().items() if placeholders(en) != placeholders(zh)]
    assert differing == []


def test_the_header_names_the_language():
    assert str(catalogue().locale) == "zh"
    assert catalogue().charset == "utf-8"


# --- declared texts ---------------------------------------------------------------------------------------


def declared_texts() -> Iterator[tuple[str, str, str]]:
    for profile in map(load, PROFILES):
        yield profile.name, profile.meaning.chinese, profile.meaning.english
        for name, command in profile.commands.items():
            yield name, command.meaning.chinese, command.meaning.english
        for name, statuses in profile.statuses.items():
            for sw, meaning in statuses.items():
                yield f"{name} {sw:04X}", meaning.chinese, meaning.english
        for name, table in profile.codes.items():
            for code, meaning in table.items():
                yield f"{name} {code}", meaning.chinese, meaning.english
        for name, key in profile.keys.items():
            yield name, key.chinese, key.english
        for name, variant in variants(profile.name).items():
            yield name, variant.meaning.chinese, variant.meaning.english
    for name in fault_plans.names():
        plan = fault_plans.plan(name)
        yield name, plan.meaning.chinese, plan.meaning.english


def test_every_declared_text_has_both_languages():
    found = list(declared_texts())
    assert len(found) > 500
    assert [name for name, chinese, _ in found if not (CHINESE.search(chinese) or chinese.isascii())] == []
    assert [name for name, chinese, english in found if not chinese or not english] == []
    assert [name for name, _, english in found if CHINESE.search(english)] == []


def test_every_option_has_both_languages(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    settings = importlib.import_module("docs.texts").SETTINGS
    names = [f"options.{name}" for profile in map(load, PROFILES) for name in profile.options]
    assert len(names) > 3
    assert [name for name in names if not (settings[name].chinese and settings[name].english)] == []


# --- errors -----------------------------------------------------------------------------------------------


def test_a_phrase_in_an_error_is_translated_with_it(monkeypatch):
    profile = load("health_card")
    with pytest.raises(ValueRefusedError) as caught:
        from_json(profile.items["birth_date"], "soon")
    monkeypatch.setenv("RHC_LANG", "zh")
    assert describe(caught.value) == "birth_date：不接受 'soon'：应为如 2026-01-02 的日期"
    monkeypatch.setenv("RHC_LANG", "en")
    assert describe(caught.value) == str(caught.value)
    assert str(caught.value) == "birth_date: 'soon' is refused: a date such as 2026-01-02 is expected"


def test_a_rule_with_fields_is_filled_in_both_languages(monkeypatch):
    profile = load("health_card")
    with pytest.raises(ValueRefusedError) as caught:
        encode(profile, profile.items["holder_name"], "𠮷")
    assert isinstance(caught.value.fields["rule"], Phrase)
    monkeypatch.setenv("RHC_LANG", "zh")
    assert "GBK 字符集中没有字符 '𠮷'" in describe(caught.value)


@pytest.mark.parametrize(
    ("chosen", "text"), [("zh", "没有此文件或目录"), ("en", "No such file or directory")]
)
def test_the_operating_system_is_translated(chosen, text, monkeypatch):
    monkeypatch.setenv("RHC_LANG", chosen)
    with pytest.raises(OSError, match="nowhere") as caught:
        Path("/nowhere/at/all").read_bytes()
    assert describe(caught.value) == text


def test_a_block_speaks_one_language_and_blocks_nest(monkeypatch):
    monkeypatch.setenv("RHC_LANG", "zh")
    with speaking("en"):
        assert current() == "en"
        with speaking("zh"):
            assert current() == "zh"
        assert current() == "en"
        heard: list[str] = []
        thread = threading.Thread(target=lambda: heard.append(current()))
        thread.start()
        thread.join()
        assert heard == ["zh"], "what another thread says is its own"
    assert current() == "zh"


# --- the command line -------------------------------------------------------------------------------------

HELPS = ("", "visit add", "issuer check", "issuer card loss", "sim", "card new", "trace explain")


def rhc(chosen: str, *words: str, status: int) -> str:
    environment = {**os.environ, "RHC_LANG": chosen, "COLUMNS": "300", "TERM": "dumb", "NO_COLOR": "1"}
    done = subprocess.run(
        [RHC, *words], env=environment, capture_output=True, timeout=60, text=True, check=False, cwd="/"
    )
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("words", HELPS)
def test_help_in_chinese(words):
    said = NOT_PROSE.sub("", rhc("zh", *words.split(), "--help", status=0))
    assert CHINESE.search(said)
    assert ENGLISH_SENTENCE.findall(said) == []


@pytest.mark.parametrize("words", HELPS)
def test_help_in_english(words):
    assert CHINESE.search(rhc("en", *words.split(), "--help", status=0)) is None


REFUSALS = (
    (("card", "show", "/nowhere/card"), "没有此文件或目录"),
    (("card", "new", "/nowhere/card", "--resident", "99"), "没有演示居民 99"),
    (("sim", "list"), "没有正在运行的模拟器"),
    (("sim", "--in-process", "--slots", "user"), "演示需要一张演示卡和一张 SAM 卡"),
    (("sim", "--in-process", "--slots", "nobody"), "既不是 user"),
    (("trace", "explain", "/nowhere/trace"), "没有此文件或目录"),
)


@pytest.mark.parametrize(("words", "text"), REFUSALS)
def test_refusals_in_both_languages(words, text, tmp_path, monkeypatch):
    monkeypatch.setenv("RHC_SIM_SOCKET", str(tmp_path / "control.sock"))
    chinese, english = (rhc(chosen, *words, status=1) for chosen in ("zh", "en"))
    assert text in chinese
    assert ENGLISH_SENTENCE.findall(NOT_PROSE.sub("", chinese)) == []
    assert CHINESE.search(english) is None
    assert english.strip()


def test_a_record_is_refused_in_chinese(tmp_path):
    record = tmp_path / "record.json"
    record.write_text('{"format": "rhc-resident/1", "items": {"holder_name": "测试"}}', "utf-8")
    assert "card_number：记录中必须有此项" in rhc("zh", "issuer", "check", str(record), status=1)
    assert "card_number: a record must have it" in rhc("en", "issuer", "check", str(record), status=1)


def test_the_list_of_missing_texts_is_empty():
    command = [sys.executable, "-m", "language.missing"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert language.LANGUAGES == ("zh", "en")
