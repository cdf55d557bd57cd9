"""`rhc keys`, `rhc issuer sam`, `rhc sam-chip`: from two empty directories to a SAM in use."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import key_bench
import pytest
import typer.main
from typer.testing import CliRunner

from issuer.access import passwords
from issuer.keys import opening
from issuer.keys.ceremony.components import combined
from issuer.keys.key_file import key_file, locks
from issuer.keys.key_set import MASTER_KEY
from issuer.keys.opening import Unlocking
from lab.cli import app

PASSWORD, PASSPHRASE = "correct horse battery", "staple of the key room"
CUSTODIANS = ("keys-1", "keys-2", "keys-3")


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """Passwords and passphrases as a script gives them, and quick locks."""
    for name, value in {
        "RHC_LANG": "en",
        "COLUMNS": "200",
        "RHC_FIRST_PASSWORD": PASSWORD,
        "RHC_OTHER_PASSWORD": PASSWORD,
        "RHC_NEW_PASSWORD": PASSWORD,
        "RHC_OPERATOR_PASSWORD": PASSWORD,
        "RHC_SECOND_PASSWORD": PASSWORD,
        "RHC_THIRD_PASSWORD": PASSWORD,
        "RHC_KEY_PASSPHRASE": PASSPHRASE,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(passwords, "_N", 1 << 4)
    monkeypatch.setattr(locks.PassphraseLock.make.__func__, "__defaults__", (key_bench.QUICK,))


def rhc(*words, code=0, **given):
    result = CliRunner().invoke(app, [str(word) for word in words], **given)
    assert result.exit_code == code, result.output + str(result.exception)
    return result.output


def people(home):
    by = ("--home", home, "--as", "admin-1", "--second", "admin-2")
    for person in CUSTODIANS:
        rhc("issuer", "operator", "add", person, "--role", "key_custodian", *by)
    rhc("issuer", "operator", "add", "terminal-1", "--role", "terminal", *by)


def house(tmp_path, name, city_code, code):
    """A home with its first people; returns how custodians work there."""
    home = tmp_path / name
    place = ("--code", code, "--city-code", city_code, "--home", home)
    rhc("issuer", "init", "--name", "中心", "--keys", "keys.rhc", *place)
    people(home)
    two = ("--home", home, "--as", "keys-1", "--second", "keys-2")
    return SimpleNamespace(home=home, two=two, one=two[:4], papers=tmp_path / f"{name}-papers")


def held(at, level):
    return rhc("keys", "ceremony", "--level", level, "--third", "keys-3", "--papers", at.papers, *at.two)


@pytest.fixture
def nation(tmp_path):
    return house(tmp_path, "nation", "110000", "10000000001")


@pytest.fixture
def province(tmp_path):
    return house(tmp_path, "province", "410000", "41000000001")


def opened(at):
    return key_file.open_file(at.home / "keys.rhc", Unlocking())


def audited(at, action: str) -> int:
    with closing(sqlite3.connect(at.home / "registry.db")) as registry:
        (count,) = registry.execute("SELECT count(*) FROM audit WHERE action = ?", (action,)).fetchone()
    return count


def test_from_two_empty_directories_to_a_sam_in_use(nation, province, tmp_path, monkeypatch):
    said = held(nation, "nation")
    papers = sorted(nation.papers.iterdir())
    assert [paper.name for paper in papers] == ["component-1.txt", "component-2.txt", "component-3.txt"]
    assert {paper.stat().st_mode & 0o777 for paper in papers} == {0o600}
    groups = ["".join(paper.read_text().splitlines()[1:5]).replace(" ", "") for paper in papers]
    assert not [digits for digits in groups if digits[:16] in said]
    assert "check value" in said
    held(province, "41")
    # the shares of both
    for at in (nation, province):
        said = rhc("keys", "shares", "--needed", 2, "--people", 3, "--papers", at.papers, *at.two)
        assert "3 shares are out" in said
        assert MASTER_KEY not in opened(at).keys
    # the delivery, under components that two bearers carry
    delivery = tmp_path / "41.delivery"
    told = rhc("keys", "export", delivery, "--to", "41", "--papers", tmp_path / "bearers", *nation.two)
    carried = [paper.read_text().splitlines() for paper in sorted((tmp_path / "bearers").iterdir())]
    for number, lines in enumerate(carried, start=1):
        bearer = "".join(lines[1:5]).replace(" ", "") + "/" + lines[5].split()[-1]
        monkeypatch.setenv(f"RHC_PROTECTION_{number}", bearer)
    taken = rhc("keys", "import", delivery, *province.two)
    assert taken.splitlines()[1:] == told.splitlines()[1:]
    assert len(taken.splitlines()) == 59
    for at in (nation, province):
        rhc("keys", "import", "--published-transport-key", *at.two)
    # the province is certified
    certificate = tmp_path / "41.certificate"
    subject = ("--subject", "41000000001", "--serial", "7", "--until", "2040-12-31")
    key = public_key(province, "SM2_ISSUER")
    rhc("keys", "certify", certificate, *subject, "--public-key", key, *nation.two)
    again = rhc("keys", "certify", certificate, *subject, "--public-key", key, *nation.two, code=1)
    assert ("exists" in again, audited(nation, "keys.certify")) == (True, 1)
    root = public_key(nation, "SM2_ROOT")
    for wrong in (key, public_key(nation, "SM2_ISSUER")):
        said = rhc("keys", "keep-certificate", certificate, "--root-key", wrong, *province.two, code=1)
        assert "the key of the nation did not sign it" in said
    rhc("keys", "keep-certificate", certificate, "--root-key", root, *province.two)
    assert "we are 10000000001" in rhc("keys", "keep-certificate", certificate, *nation.two, code=1)
    # numbers, and a SAM
    for kind in ("sam_serial", "terminal", "certificate"):
        rhc("keys", "segment", "give", kind, "41000000001", 1, 50, *province.two)
    serial = rhc("issuer", "sam", "order", "--role", "hospital", *province.one).strip()
    chip, pin = tmp_path / "sam.card", tmp_path / "sam.pin"
    rhc("sam-chip", "blank", chip, "--number", 77)
    rhc("sam-chip", "take-in", serial, chip, *province.one)
    refused = rhc("sam-chip", "key", serial, chip, "--pin-file", pin, *province.two, code=1)
    assert "its root never leaves the national centre" in refused
    assert not pin.exists()
    said = rhc("sam-chip", "key", serial, chip, "--pin-file", pin, "--keys-of", nation.home, *province.two)
    assert "0000000001: 38 keys" in said
    assert pin.read_text().strip() not in said
    assert pin.stat().st_mode & 0o777 == 0o600
    rhc("issuer", "sam", "issue", serial, "--institution", "示范县人民医院", "--device", "T-1", *province.one)
    terminal = ("--home", province.home, "--as", "terminal-1")
    assert rhc("issuer", "sam", "check", serial, "--device", "T-1", *terminal).startswith("0000")
    rhc("issuer", "sam", "report-lost", serial, *province.one)
    assert rhc("issuer", "sam", "check", serial, *terminal, code=1).startswith("9104")
    (row,) = json.loads(rhc("issuer", "sam", "list", "--json", *province.one))
    assert (row["serial"], row["state"], row["device"]) == (serial, "LOST", "T-1")


def public_key(at, name):
    rows = json.loads(rhc("keys", "public", "--json", *at.one))
    return next(row["public_key"] for row in rows if row["key"] == name)


def test_components_of_a_script_and_recovery(nation, monkeypatch, tmp_path):
    for number, component in enumerate(key_bench.COMPONENTS, start=1):
        monkeypatch.setenv(f"RHC_COMPONENT_{number}", f"{component.groups()}/{component.check_value.hex()}")
    held(nation, "nation")
    assert not nation.papers.exists()
    assert opened(nation).keys.use(MASTER_KEY) == combined(key_bench.COMPONENTS)
    before = json.loads(rhc("keys", "list", "--json", *nation.one))
    rhc("keys", "shares", "--needed", 2, "--people", 3, "--papers", tmp_path / "shares", *nation.two)
    (nation.home / "keys.rhc").unlink()
    assert "there are no keys yet" in rhc("keys", "public", *nation.one, code=1)
    shares = [f"--share={tmp_path / 'shares'}/share-{number}.txt" for number in (3, 1)]
    rhc("keys", "recover", "--level", "nation", *shares, *nation.two)
    after = json.loads(rhc("keys", "list", "--json", *nation.one))
    assert [row for row in before["keys"] if row["key"] != "MASTER"] == after["keys"]
    # typed instead, hidden
    (nation.home / "keys.rhc").unlink()
    words = [Path(share.removeprefix("--share=")).read_text().splitlines()[1] for share in shares]
    said = rhc("keys", "recover", "--level", "nation", *nation.two, input="\n".join([*words, ""]) + "\n")
    assert words[0].split()[3] not in said
    assert json.loads(rhc("keys", "list", "--json", *nation.one))["keys"] == after["keys"]


class Terminal:
    """A program at a terminal of its own, answered as it asks."""

    def __init__(self, *words):
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [sys.executable, "-m", "lab", *map(str, words)])  # noqa: S606
        self.seen, self.looked = "", 0

    def until(self, pattern):
        """Read on until something is asked that was not asked before; returns what stands there."""
        deadline = time.monotonic() + 60
        while not (found := re.search(pattern, self.seen[self.looked :])):
            assert time.monotonic() < deadline, self.seen
            assert self.read(deadline), f"{pattern} is not asked in {self.seen}"
        self.looked += found.end()
        return found

    def read(self, deadline):
        ready, _none, _neither = select.select([self.file], [], [], max(0, deadline - time.monotonic()))
        try:
            part = os.read(self.file, 4096) if ready else b""
        except OSError:  # the program is gone
            part = b""
        self.seen += part.decode(errors="replace")
        return bool(part)

    def say(self, text):
        os.write(self.file, f"{text}\n".encode())

    def over(self):
        while self.read(time.monotonic() + 60):
            pass
        os.close(self.file)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_the_ceremony_at_a_terminal(nation, monkeypatch):
    monkeypatch.delenv("RHC_KEY_PASSPHRASE")
    room = Terminal("keys", "ceremony", "--level", "nation", "--third", "keys-3", *nation.two)
    for question in ("new passphrase of the key file: ", "Repeat for confirmation: "):
        room.until(question)
        room.say(PASSPHRASE)
    checks = []
    for turn, person in enumerate(("keys-1", "keys-1", "keys-2", "keys-3")):
        room.until(f"{person}: write this down")
        checks.append(room.until("check value ([0-9A-F]{6})")[1])
        room.until("on paper: ")
        room.say("")
        room.until("as you wrote it: ")
        room.say("000000" if turn == 0 else checks[-1])  # who mistypes sees the component again
    room.until("master secret: check value [0-9A-F]{6}")
    assert room.over() == 0
    assert checks[0] == checks[1]
    assert PASSPHRASE not in room.seen
    assert room.seen.count("\x1b[3J") == 8
    opened_ = key_file.open_file(nation.home / "keys.rhc", key_bench.unlocked_by(PASSPHRASE))
    assert MASTER_KEY in opened_.keys


def test_rotation_destruction_and_the_record(nation, tmp_path):
    held(nation, "nation")
    rhc("keys", "shares", "--needed", 2, "--people", 2, "--papers", nation.papers / "s", *nation.two)
    assert "version 2 is current; valid are 1, 2, 3, 4" in rhc("keys", "rotate", *nation.two)
    assert "Aborted" in rhc("keys", "destroy", "--version", 1, *nation.two, input="n\n", code=1)
    assert "destroyed: version 1" in rhc("keys", "destroy", "--version", 1, "--yes", *nation.two)
    listed = json.loads(rhc("keys", "list", "--json", *nation.one))
    assert [row["state"] for row in listed["versions"]] == ["DESTROYED", "CURRENT", "PREPARED", "PREPARED"]
    assert not [row for row in listed["keys"] if (row["key"], row["version"]) == ("RK1_DDF1", 1)]
    assert "DESTROYED" in rhc("keys", "list", *nation.one)
    record = tmp_path / "record.pdf"
    numbers = audit_rows(nation)
    rhc("keys", "record", numbers["keys.ceremony"], record, "--place", "三楼密钥室", *nation.one)
    assert record.read_bytes().startswith(b"%PDF")
    assert record.stat().st_mode & 0o777 == 0o600
    assert "there is none" in rhc("keys", "record", 1, tmp_path / "x.pdf", *nation.one, code=1)
    assert "destroyed: the whole key file" in rhc("keys", "destroy", "--everything", "--yes", *nation.two)
    assert not (nation.home / "keys.rhc").exists()


def audit_rows(at):
    """The last row of each step that was done, by its action."""
    with closing(sqlite3.connect(at.home / "registry.db")) as connection:
        done = connection.execute("SELECT action, seq, detail FROM audit ORDER BY seq").fetchall()
    return {action: seq for action, seq, detail in done if json.loads(detail).get("phase") == "done"}


def test_what_is_refused_in_a_line(nation, monkeypatch, tmp_path):
    alone = ("--home", nation.home, "--as", "keys-1", "--second", "keys-1")
    start = ("keys", "ceremony", "--level", "nation", "--third", "keys-3")
    papers = ("--papers", nation.papers)
    assert "takes a second person" in rhc(*start, *papers, *alone, code=1)
    assert "is no level of keys" in rhc("keys", "ceremony", "--level", "x", *nation.two, code=1)
    # the screen of nobody: a component is not printed into a pipe
    assert "give --papers DIRECTORY" in rhc(*start, *nation.two, code=1)
    monkeypatch.setenv("RHC_KEY_PASSPHRASE", "short")
    assert "the passphrase is refused" in rhc(*start, *papers, *nation.two, code=1)
    assert not (nation.home / "keys.rhc").exists()
    monkeypatch.setenv("RHC_KEY_PASSPHRASE", PASSPHRASE)
    for what in ([], ["--version", 1, "--everything"]):
        assert "--version or --everything" in rhc("keys", "destroy", *what, *nation.two, code=2)
    published = house_published(tmp_path)
    assert "version 2 is current" in rhc("keys", "rotate", *published)
    assert "it has no key file" in rhc("keys", "ceremony", "--level", "nation", *published, code=1)


def house_published(tmp_path):
    home = tmp_path / "published"
    rhc("issuer", "init", "--name", "n", "--code", "1", "--city-code", "110000", "--home", home)
    people(home)
    return ("--home", home, "--as", "keys-1", "--second", "keys-2")


def test_no_secret_is_an_option():
    """What stands on a command line can be read by every user of the machine."""

    def options(command, path=()):
        for name, inner in getattr(command, "commands", {}).items():
            yield from options(inner, (*path, name))
        for parameter in command.params:
            yield (*path, *parameter.opts)

    commands = typer.main.get_command(app).commands
    groups = (commands["keys"], commands["sam-chip"], commands["issuer"].commands["sam"])
    told = [words for group in groups for words in options(group)]
    assert len(told) > 60
    secret = {"--passphrase", "--pin", "--password", "--component", "--words", "--protection"}
    assert [words for words in told if secret & set(words)] == []


def test_the_variables_are_those_of_the_documentation():
    assert (opening.PASSPHRASE_VARIABLE, opening.PIN_VARIABLE) == ("RHC_KEY_PASSPHRASE", "RHC_TOKEN_PIN")
