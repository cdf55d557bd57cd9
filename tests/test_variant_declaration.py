"""Variants as they are declared: what each one changes, what is refused, and `rhc profiles`."""

from __future__ import annotations

import dataclasses
import json
import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner
from variant_bench import (
    NOT_CLAIMED,
)

from card_os.spec.errors import DeclarationError
from card_os.spec.loader import load, load_from, variants
from card_os.spec.model import Profile
from card_os.spec.variants import UnknownVariantError, Variant, read_variants, varied
from lab import profiles_cli

NAMES = tuple(variants("health_card"))


def test_the_variants_are_those_of_the_table() -> None:
    assert set(NAMES) == set(NOT_CLAIMED)
    assert NAMES[0] == "contactless"
    assert variants("sam") == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_variant_is_cached_and_says_what_it_is(name: str) -> None:
    variant = variants("health_card")[name]
    assert load("health_card", name) is load("health_card", name)
    assert load("health_card", name).variant == name
    assert variant.source
    assert variant.meaning.english.isascii()
    assert not variant.meaning.chinese.isascii()


@pytest.mark.parametrize("name", NAMES)
def test_a_variant_changes_what_it_names_and_nothing_else(name: str) -> None:
    changed = {
        field.name
        for field in dataclasses.fields(Profile)
        if getattr(load("health_card", name), field.name) != getattr(load("health_card"), field.name)
    }
    fields = {"open": "files", "update": "files", "without": "commands"}
    named = {fields.get(setting, setting) for setting in variants("health_card")[name].settings}
    assert changed == named | {"variant"}


@pytest.mark.parametrize("name", NAMES)
def test_no_variant_passes_for_a_real_card(name: str) -> None:
    assert load("health_card", name).card_maker == bytes.fromhex("A1A1")


def test_an_unknown_variant() -> None:
    with pytest.raises(
        UnknownVariantError, match="xyz: no such variant of health_card; there are contactless"
    ):
        load("health_card", "xyz")
    with pytest.raises(UnknownVariantError, match="no such variant of sam"):
        load("sam", "contact_t0")


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("colour", "red", "colour is no setting of a variant; there are transport fci"),
        ("card_maker", "866B", "card_maker is no setting of a variant"),
        ("transport", 0, "transport is no str"),
        ("fci", 1, "fci is no str"),
        ("bad_mac_limit", True, "bad_mac_limit is no int"),
        ("chip_maker", "zz", "chip_maker is no text of hex digits"),
        ("chip_maker", 85, "chip_maker is no text of hex digits"),
        ("lock_commands", "8005000000", "lock_commands is no list"),
        ("options", {"macless": True}, "macless is no option of the profile; there are issuing_plain_update"),
        ("options", {"macless_index": 1}, "macless_index is no bool"),
        ("options", True, "options is no dict"),
        ("open", "yes", "open is no bool"),
        ("update", "UK2_DF03", "update is no dict"),
        ("update", {"DF03.XX": "UK2_DF03"}, "no file has layout DF03.XX"),
        ("update", {"DF03.EE": "UK2 or UK3"}, "'UK2 or UK3' is no access rule"),
        ("without", "verify", "without is no list"),
        ("without", ["fly"], "fly is no command of the profile"),
        ("pin", {"tries": 3}, "pin has one setting, delivered"),
        ("pin", {"delivered": 123456}, "pin.delivered is no text of hex digits"),
    ],
)
def test_a_setting_that_cannot_be_right(setting: str, value: object, reason: str) -> None:
    variant = Variant("broken", load("health_card").meaning, "test", {setting: value})
    with pytest.raises(DeclarationError) as caught:
        varied(load("health_card"), variant)
    assert str(caught.value).startswith(f"variants.toml row broken: {reason}")


def test_a_pin_where_the_profile_knows_none() -> None:
    profile = dataclasses.replace(load("health_card"), pin=None)
    with pytest.raises(DeclarationError, match="where the profile knows a PIN"):
        varied(profile, variants("health_card")["with_holder_pin"])


def test_a_variant_without_its_texts() -> None:
    with pytest.raises(DeclarationError, match=r"variants.toml row one: it has no source"):
        read_variants('[one]\nchinese = "一"\nenglish = "one"\n')


def test_closed_stays_closed_where_open_is_off() -> None:
    variant = Variant("closed", load("health_card").meaning, "test", {"open": False})
    assert varied(load("health_card"), variant).files == load("health_card").files


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('transport = "contactless"', 'transport = "pigeon"', "transport: no transport pigeon"),
        ('fci = "with_proprietary"', 'fci = "long"', "fci: no form long"),
        ('"8005000000"', '"8006000000"', "lock_commands: no command 8006000000"),
        ("max_bytes = 8", 'max_bytes = 8\ndelivered = "12"', "pin: delivered is no PIN of packed digits"),
        ("max_bytes = 8", 'max_bytes = 8\ndelivered = "12AB"', "pin: delivered is no PIN of packed digits"),
    ],
)
def test_a_profile_with_such_a_setting_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    with as_file(files("card_os.spec") / "profiles") as profiles:
        shutil.copytree(profiles, tmp_path / "profiles")
    path = tmp_path / "profiles" / "health_card" / "profile.toml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(DeclarationError) as caught:
        load_from(tmp_path / "profiles", "health_card")
    assert f"health_card/profile.toml row {reason}" in str(caught.value)


def test_rhc_profiles(monkeypatch: pytest.MonkeyPatch) -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    profiles_cli.register(app)
    for language, text in (("en", "contact card, T=0"), ("zh", "接触式卡")):
        monkeypatch.setenv("RHC_LANG", language)
        told = CliRunner().invoke(app, ["profiles"]).stdout
        assert text in told
        assert all(f"\n{name} " in f"\n{told}" for name in NAMES)
    rows = json.loads(CliRunner().invoke(app, ["profiles", "--json"]).stdout)
    assert [row["name"] for row in rows] == list(NAMES)
    assert rows[1]["settings"] == {"transport": "contact_t0"}
