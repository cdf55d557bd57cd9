"""The documentation says what is there: reference pages, links, commands, names in the code, exchanges."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from card_os.spec.loader import load, variants
from lab import demo
from lab.cli import app

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LANGUAGES = ("en", "zh")
PAGES = sorted(DOCS.rglob("*.md"))
HAND_WRITTEN = [page for page in PAGES if "reference" not in page.parts]
HAND_WRITTEN_NAMES = (
    "applications.md",
    "batches.md",
    "card-life.md",
    "conformance.md",
    "design.md",
    "hospital-tutorial.md",
    "keys.md",
    "pcsc.md",
    "printing.md",
    "security.md",
    "terminal-developers.md",
    "testing-your-software.md",
    "training.md",
    "what-is-fact.md",
)
REFERENCE_NAMES = (
    "certificates.md",
    "codes.md",
    "commands.md",
    "conformance.md",
    "files.md",
    "index.md",
    "items.md",
    "keys.md",
    "profiles.md",
)
PROFILES = ("health_card", "sam")

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ ", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
CODE_PLACE = re.compile(r"`((?:card_os|issuer|reader_client|lab|tests|docs)/[\w./-]*)`(?: \(`(\w+)`\))?")
EXCHANGE = re.compile(r"(card|sam) +(reset|[0-9A-F]+) -> ([0-9A-F]+)")

page_id = {"ids": lambda page: str(page.relative_to(DOCS))}


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def prose_of(page: Path) -> str:
    return FENCE.sub("", text_of(page))


def blocks(page: Path, kind: str) -> Iterator[str]:
    return (body for found, body in FENCE.findall(text_of(page)) if found == kind)


# --- reference pages --------------------------------------------------------------------------------------


def test_reference_pages_are_those_of_the_declaration(tmp_path):
    command = [sys.executable, "-m", "docs.generate", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)
    made = {page.relative_to(tmp_path): page.read_bytes() for page in tmp_path.rglob("*.md")}
    kept = {
        page.relative_to(DOCS / "reference"): page.read_bytes() for page in (DOCS / "reference").rglob("*.md")
    }
    assert sorted(made) == sorted(Path(lang, name) for lang in LANGUAGES for name in REFERENCE_NAMES)
    stale = [str(path) for path in sorted(made | kept) if made.get(path) != kept.get(path)]
    assert stale == [], "run `python -m docs.generate`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_declared_thing_has_its_place(language):
    def rows(page: str, name: str) -> int:
        text = text_of(DOCS / "reference" / language / f"{page}.md")
        return sum(f"`{name}`" in line for line in text.splitlines() if line.startswith(("| ", "### ")))

    looked_up = 0
    for profile in map(load, PROFILES):
        names = {
            "files": profile.files,
            "items": profile.items,
            "keys": profile.keys,
            "commands": profile.commands,
            "profiles": {*variants(profile.name), *(f"options.{option}" for option in profile.options)},
        }
        for page, declared in names.items():
            missing = [name for name in declared if rows(page, name) == 0]
            assert missing == [], page
            looked_up += len(declared)
    assert looked_up > 384 + 34 + 24 + 37


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_384_items_and_all_codes_are_numbered_and_explained(language):
    profile = load("health_card")
    items = text_of(DOCS / "reference" / language / "items.md")
    assert len(re.findall(r'<a id="health_card-\d+"></a>', items)) == len(profile.items) == 384
    assert all(item.chinese in items for item in profile.items.values())
    codes = text_of(DOCS / "reference" / language / "codes.md")
    for name, table in profile.codes.items():
        part = codes.partition(f"## {name} (")[2].partition("\n## ")[0]
        assert sum(f"| {code} | " in part for code in table) == len(table) > 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_word_of_every_command_is_explained(language):
    text = text_of(DOCS / "reference" / language / "commands.md")
    checked = 0
    for profile in map(load, PROFILES):
        for name in profile.commands:
            part = text.partition(f"### `{name}`\n")[2].partition("\n### ")[0]
            for meaning in profile.statuses[name].values():
                assert (meaning.chinese if language == "zh" else meaning.english) in part
                checked += 1
    assert checked > 100


def test_every_setting_of_a_profile_has_words():
    for language in LANGUAGES:
        text = text_of(DOCS / "reference" / language / "profiles.md")
        settings = [line for line in text.splitlines() if line.startswith("| `")]
        assert len(settings) > 20
        assert [line for line in settings if line.endswith("|  |")] == []


# --- hand-written pages -----------------------------------------------------------------------------------


def test_both_languages_have_the_same_pages():
    for language in LANGUAGES:
        assert sorted(page.name for page in (DOCS / language).glob("*.md")) == sorted(HAND_WRITTEN_NAMES)
    assert len(PAGES) == 2 * (len(HAND_WRITTEN_NAMES) + len(REFERENCE_NAMES))


@pytest.mark.parametrize("name", [*HAND_WRITTEN_NAMES, *(f"../reference/{{}}/{n}" for n in REFERENCE_NAMES)])
def test_both_languages_have_the_same_shape(name):
    english, chinese = (DOCS / language / name.format(language) for language in LANGUAGES)
    shapes = []
    for page in (english, chinese):
        prose = prose_of(page)
        levels = [match.group().strip() for match in HEADING.finditer(prose)]
        table_rows = sum(line.startswith("|") for line in prose.splitlines())
        shapes.append((levels, table_rows, [body for kind, body in FENCE.findall(text_of(page)) if kind]))
    assert shapes[0][0]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("page", PAGES, **page_id)
def test_links_resolve(page):
    for target in LINK.findall(prose_of(page)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.is_file(), target
        assert linked.is_relative_to(ROOT), target
        if anchor:
            assert anchor in ANCHOR.findall(text_of(linked)), target


def test_there_are_links():
    assert sum(len(LINK.findall(prose_of(page))) for page in HAND_WRITTEN) > 10


@pytest.mark.parametrize("page", HAND_WRITTEN, **page_id)
def test_places_in_the_code_exist(page):
    for path, name in CODE_PLACE.findall(text_of(page)):
        assert (ROOT / path).exists(), path
        if name:
            assert re.search(rf"\b{name}\b", (ROOT / path).read_text("utf-8")), f"{name} in {path}"


def test_quoted_messages_are_those_of_the_programs():
    sources = [*(ROOT / "lab" / "pcsc").glob("*.py"), ROOT / "reader_client" / "errors.py"]
    english = "\n".join(source.read_text("utf-8") for source in sources)
    chinese = text_of(ROOT / "language" / "zh.po")
    for language, marks, said in (("en", '"([^"]+)"', english), ("zh", "“([^”]+)”", chinese)):
        troubles = prose_of(DOCS / language / "pcsc.md").rpartition("\n## ")[2]
        quoted = [
            text for line in troubles.splitlines() if line[:1] == "|" for text in re.findall(marks, line)
        ]
        assert len(quoted) > 8
        parts = [part.strip() for text in quoted for part in text.split("…")]
        assert [part for part in parts if part not in said] == []


def test_the_gaps_are_all_there():
    for language in LANGUAGES:
        text = text_of(DOCS / language / "what-is-fact.md")
        assert re.findall(r"^\| (\d+) \|", text, re.MULTILINE) == [str(n) for n in range(1, 17)]
        assert len(CODE_PLACE.findall(text)) > 40


# --- command lines ----------------------------------------------------------------------------------------


def command_lines() -> list[str]:
    found = [
        line.removeprefix("$ ")
        for page in HAND_WRITTEN
        for block in blocks(page, "console")
        for line in block.splitlines()
        if line.startswith("$ rhc")
    ]
    return sorted(set(found))


def test_there_are_command_lines():
    assert len(command_lines()) > 4


@pytest.mark.parametrize("line", command_lines())
def test_command_lines_name_what_exists(line):
    command, words = typer.main.get_command(app), iter(shlex.split(line)[1:])
    for word in words:
        if word.startswith("-") and word != "-":
            name, given, _ = word.partition("=")
            options = [p for p in command.params if name in (*p.opts, *p.secondary_opts)]
            assert options, f"{name} in {line}"
            if not given and not getattr(options[0], "is_flag", False):
                assert next(words, None) is not None, f"{name} without a value in {line}"
        elif word in getattr(command, "commands", {}):
            command = command.commands[word]
            command = getattr(command, "loaded", command)  # a group that is imported when it is needed
        else:
            arguments = [p for p in command.params if p.param_type_name == "argument"]
            assert arguments, f"{word} in {line}"


# --- exchanges --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_exchanges_are_what_the_cards_answer(language):
    page = DOCS / language / "terminal-developers.md"
    lines = [line for block in blocks(page, "exchange") for line in block.splitlines()]
    steps = [EXCHANGE.fullmatch(line).groups() for line in lines]
    assert len(steps) > 40
    cards = {"sam": demo.issue_sam(2), "card": demo.issue_card(demo.resident("01"), 1).card}
    challenges = iter([bytes.fromhex(answer)[:8] for _, sent, answer in steps if sent == "0084000008"])
    cards["card"].random = lambda length: next(challenges)[:length]
    for name, sent, expected in steps:
        card = cards[name]
        answer = card.reset() if sent == "reset" else card.transmit(bytes.fromhex(sent))
        assert answer.hex().upper() == expected, f"{name} {sent}"
