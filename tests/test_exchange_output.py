"""`rhc read` in all its forms, the page to print, the photo."""

from __future__ import annotations

import base64
import io
import json
import re
import stat
from dataclasses import dataclass, replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import typer
from exchange_cards import ISSUE_DATE, NAMES, contents_of, odd_card
from rich.console import Console
from typer.testing import CliRunner

from card_os.kernel.card import Card
from card_os.spec.loader import load
from lab import demo
from reader_client import cli, tables
from reader_client.channel import ReaderState
from reader_client.exchange import fhir_json, html
from reader_client.exchange.card_json import read_card
from reader_client.exchange.photo import Protocol, picture, protocol
from reader_client.in_process import InProcessChannel

PROFILE = load("health_card")
VOID = {"meta", "img", "br"}


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "en")
    for name in ("RHC_READER", "RHC_SAM_READER", "RHC_SAM_PIN"):
        monkeypatch.delenv(name, raising=False)


# --- the page -------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Checks that tags close, and keeps the texts and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", NAMES)
def test_a_page_for_every_demo_resident(name: str) -> None:
    contents = contents_of(name)
    page = Page(html.page(PROFILE, contents))
    assert str(contents.items["holder_name"]) in page.text
    assert all(link.startswith("data:image/jpeg;base64,") for link in page.links)
    assert bool(page.links) == bool(contents.photo)
    assert "script" not in page.tags
    assert not re.search(r"https?://|url\(|@import", html.page(PROFILE, contents))


def test_the_photo_of_the_page_is_that_of_the_card() -> None:
    (link,) = Page(html.page(PROFILE, contents_of("01"))).links
    assert base64.b64decode(link.partition(",")[2]) == contents_of("01").photo


def test_markup_on_a_card_stays_text_and_unknown_values_say_so() -> None:
    page = Page(html.page(PROFILE, odd_card()))
    assert not page.tags & {"b", "script"}
    assert "<b>&\"'</b>$name" in page.text
    assert "<script>alert(1)</script>" in page.text
    assert "未知 unknown (7)" in page.text
    assert "未知 unknown (0F)" in page.text
    assert "哮喘标志 asthma flag: 未知 unknown (55)" in page.text


def test_codes_are_words_and_mental_illness_is_asked_for() -> None:
    contents = contents_of("02")
    assert "阴性 negative (2)" in html.page(PROFILE, contents)
    ill = replace(contents, items={**contents.items, "mental_illness_flag": True})
    assert "精神病" not in html.page(PROFILE, ill)
    assert html.page(PROFILE, ill, mental_illness=True).count("精神病") == 2


def test_the_table_tells_unknown_codes() -> None:
    text = io.StringIO()
    tables.print_card(Console(file=text, width=120), PROFILE, {"rh_blood_type_code": "7"})
    assert re.search(r"7\s+unknown", text.getvalue())


# --- the photo in a terminal ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "terminal", "expected"),
    [
        ({"TERM_PROGRAM": "iTerm.app"}, True, Protocol.ITERM),
        ({"TERM_PROGRAM": "iTerm.app"}, False, None),
        ({"TERM_PROGRAM": "iTerm.app", "TMUX": "x"}, True, None),
        ({"TERM": "xterm-kitty"}, True, Protocol.KITTY),
        ({"TERM": "xterm-256color"}, True, None),
        ({}, True, None),
    ],
)
def test_only_terminals_that_can_show_it_get_the_photo(
    environment: dict[str, str], terminal: bool, expected: Protocol | None
) -> None:
    assert protocol(environment, is_terminal=terminal) is expected


def test_pictures_for_both_protocols() -> None:
    photo = contents_of("01").photo
    assert photo is not None
    iterm = picture(photo, Protocol.ITERM)
    assert iterm is not None
    assert base64.b64decode(iterm.partition(":")[2].rstrip("\a\n")) == photo
    pytest.importorskip("PIL")
    kitty = picture(photo, Protocol.KITTY)
    assert kitty is not None
    parts = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", kitty)
    assert parts[0][0].startswith("a=T,f=100,")
    assert [head[-1] for head, _data in parts] == ["1"] * (len(parts) - 1) + ["0"]
    assert base64.b64decode("".join(data for _head, data in parts)).startswith(b"\x89PNG")
    assert picture(b"no picture", Protocol.KITTY) is None


# --- the command ----------------------------------------------------------------------------------------


@dataclass
class Counter:
    """A `ChannelFactory` over a demo card and the SAM of the demo province."""

    card: Card
    sam_card: Card

    def readers(self) -> tuple[ReaderState, ...]:
        return ()

    def user_card(self, reader: str | None, sam_reader: str | None) -> InProcessChannel:
        return InProcessChannel(self.card)

    def sam(self, reader: str | None, sam_reader: str | None) -> InProcessChannel:
        return InProcessChannel(self.sam_card)


@cache
def counter(name: str) -> Counter:
    return Counter(demo.issue_card(demo.resident(name), 1, ISSUE_DATE).card, demo.issue_sam(1))


def rhc(name: str, *arguments: str) -> Any:
    app = typer.Typer()
    cli.register(app)
    return CliRunner().invoke(app, list(arguments), obj=counter(name))


def test_json_to_the_screen_is_the_whole_card() -> None:
    done = rhc("02", "read", "--format", "json")
    assert done.exit_code == 0
    assert done.stdout == rhc("02", "read", "--json").stdout
    assert read_card(PROFILE, json.loads(done.stdout)) == contents_of("02")


def test_every_form_into_a_file(tmp_path: Path) -> None:
    pytest.importorskip("fhir.resources")
    texts = {}
    for form in ("table", "json", "fhir", "html"):
        file = tmp_path / form
        done = rhc("02", "read", "--format", form, "-o", str(file))
        assert (done.exit_code, done.stdout) == (0, f"written: {file}\n"), done.stderr
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        texts[form] = file.read_text("utf-8")
    assert "欧阳明喆" in texts["table"]
    assert json.loads(texts["json"])["format"] == "rhc-card/1"
    found = fhir_json.read(texts["fhir"])
    assert isinstance(found, dict)
    assert found["type"] == "collection"
    assert texts["html"].startswith("<!DOCTYPE html>")


def test_the_photo_as_a_file(tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    done = rhc("02", "read", "holder_name", "--photo", str(file), "--json")
    assert json.loads(done.stdout) == {"holder_name": "欧阳明喆"}
    assert file.read_bytes() == contents_of("02").photo
    assert rhc("02", "read").stdout.endswith("the photo can be saved with --photo FILE\n")
    none = rhc("06", "read", "--photo", str(tmp_path / "none.jpg"))
    assert (none.exit_code, none.stderr) == (1, "there is no photo on this card\n")
    assert not (tmp_path / "none.jpg").exists()


def test_a_file_that_cannot_be_written_is_one_line() -> None:
    done = rhc("06", "read", "--json", "-o", "/no/such/place")
    assert done.exit_code == 1
    assert done.stderr == "/no/such/place cannot be written: No such file or directory\n"


@pytest.mark.parametrize(
    "arguments",
    [("--format", "xml"), ("--json", "--format", "html"), ("holder_name", "--format", "fhir")],
)
def test_wrong_usage_is_2(arguments: tuple[str, ...]) -> None:
    assert rhc("06", "read", *arguments).exit_code == 2
