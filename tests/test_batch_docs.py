"""The page on batches says what is there: the file in it is one, its tables are those of the declaration."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from card_os.crypto.sm3 import sm3
from issuer.batches.exchange import text
from issuer.batches.exchange.errors import ExchangeRefusedError
from issuer.batches.exchange.file import Correspondent, ExchangeFile, read_file
from issuer.batches.exchange.kinds import kinds
from issuer.batches.recording import MOST_ATTEMPTS
from issuer.batches.states import names
from issuer.keys.certificates import EXCHANGE_KEY
from issuer.keys.test_custodian import PublishedTestCustodian
from lab.partners import PublishedPartnerKeys
from language import choose, speaking

DOCS = Path(__file__).parents[1] / "docs"
LANGUAGES = ("en", "zh")
EXAMPLE = re.compile(r"^```exchange-file\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def page(language: str) -> str:
    return (DOCS / language / "batches.md").read_text("utf-8")


def example(language: str) -> bytes:
    (found,) = EXAMPLE.findall(page(language))
    return str(found).encode()


def read(raw: bytes) -> ExchangeFile:
    bank = Correspondent("bank-1", "bank", PublishedPartnerKeys("bank-1").public_key(EXCHANGE_KEY))
    return read_file(raw, environment="TEST", keys=PublishedTestCustodian(), sender={"bank-1": bank}.get)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_on_the_page_is_one(language):
    raw = example(language)
    found = read(raw)
    assert found.head.kind == "ACC-RSP"
    assert [(row["line"], row["result"], row["account"]) for row in found.rows] == [
        (1, "has_account", "9999990000000000001"),
        (2, "mismatch", None),
    ]
    parts = text.parse(raw)
    assert text.write(parts.head, parts.lines, parts.signature) == raw
    assert parts.values["key"] == sm3(PublishedTestCustodian().public_key(EXCHANGE_KEY))[:8].hex().upper()
    for changed in (raw.replace(b"mismatch", b"none"), raw.replace(b"seq 1", b"seq 2"), raw.lower()):
        with pytest.raises(ExchangeRefusedError):
            read(changed)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tables_on_the_page_are_those_of_the_declaration(language):
    rows = [line for line in page(language).splitlines() if line.startswith("| `")]
    with speaking(language):
        states = [
            f"| `{name.state}` | {name.code or '–'} | {choose(name.meaning)} |"
            for of in ("batch", "line", "chip")
            for name in names(of).values()
        ]
        files = [
            f"| `{kind.name}` {choose(kind.meaning)} | {kind.sender} | {kind.receiver} | "
            + ", ".join(f"`{field.name}`{'*' * field.personal}" for field in kind.fields.values())
            + " |"
            for kind in kinds().values()
        ]
    assert [row for row in rows if row in states] == states
    assert [row for row in rows if row in files] == files
    assert len(states) + len(files) > 30


def test_the_page_says_how_many_chips_a_line_spends():
    assert MOST_ATTEMPTS == 3
    assert "A line spends three chips at most" in page("en")
    assert "一行最多用三枚芯片" in page("zh")
