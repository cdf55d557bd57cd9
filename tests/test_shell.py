"""The card shell: its commands, what it does when cards go, scripts, what it remembers, completion."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer
from reader_cards import PIN, Recorded
from reader_cards import Desk as Cards
from typer.testing import CliRunner

pytest.importorskip("cmd2")

from card_os.spec.loader import load
from lab import shell_cli
from lab.cli import app as whole_app
from lab.shell import history
from lab.shell.desk import Desk, Target
from lab.shell.errors import BadHexError, ShellMissingError, UnknownFileError
from lab.shell.history import Keeping, LineHistory, keeping
from lab.shell.lessons import FIRST_STEPS, lessons
from lab.shell.moves import find_file, proving_keys
from lab.shell.prompt import Shell
from lab.shell.raw import parse
from lab.shell.start import shell_at
from lab.shell.tree import tree_rows
from reader_client import lookup_cli
from reader_client.channel import Channel
from reader_client.in_process import InProcessChannel

SECONDS = 30
COMMANDS = tuple(lessons())
RHC = [sys.executable, "-m", "lab"]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RHC_LANG", "en")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("RHC_READER", "RHC_SAM_READER", "RHC_SAM_PIN"):
        monkeypatch.delenv(name, raising=False)


@dataclass
class Flaky(Cards):
    """Cards of which the user card can be taken out before the next command."""

    given: list[Recorded] = field(default_factory=list)

    def user_card(self, reader: str | None, sam_reader: str | None) -> Recorded:
        self.given.append(Recorded(InProcessChannel(self.card)))
        return self.given[-1]

    def take_out(self) -> None:
        self.given[-1].commands_left = len(self.given[-1].commands)


class Bench:
    """A shell over cards in this process; `said` is what it printed since the last look."""

    def __init__(self, cards: Any = None, pin: str | None = PIN, lines: LineHistory | None = None) -> None:
        self.cards = cards or Flaky()
        self.out = io.StringIO()
        self.desk = Desk(self.cards, pin=pin)
        self.asked: list[str] = []
        self.shell = Shell(self.desk, lines or LineHistory(None), self._ask, stdout=self.out)

    def _ask(self) -> str:
        return self.asked.pop(0)

    def run(self, line: str) -> str:
        """What an accepted line printed."""
        self.out.truncate(self.out.seek(0))
        outcome = self.shell.run(line)
        assert outcome.ok, outcome.error
        return self.out.getvalue()

    def fail(self, line: str) -> str:
        """The one line of a refused one."""
        outcome = self.shell.run(line)
        assert not outcome.ok
        assert "\n" not in outcome.error
        return outcome.error


@pytest.fixture
def bench() -> Bench:
    return Bench()


# --- commands ---------------------------------------------------------------------------------------------


def test_write_then_read(bench: Bench) -> None:
    assert "holder_phone_1" in bench.run("write holder_phone_1=19900000001 asthma_flag=true")
    found = json.loads(bench.run("read holder_phone_1 asthma_flag --json"))
    assert found == {"holder_phone_1": "19900000001", "asthma_flag": True}
    assert "本人电话1" in bench.run("all")
    assert json.loads(bench.run("all --json"))["format"] == "rhc-card/1"


def test_the_tree_shows_what_a_key_opened(bench: Bench) -> None:
    def readable() -> set[str]:
        rows = json.loads(bench.run("files --json"))
        return {row["path"] for row in rows if row["read"] and row["read"]["open"]}

    assert readable() == {"MF/DDF1/EF05"}
    bench.run("auth RK1_DF01")
    assert readable() == {"MF/DDF1/EF05", *(f"MF/DDF1/DF01/EF0{n}" for n in (5, 6, 7, 8))}
    assert "← here" in bench.run("files")
    bench.run("reset")
    assert readable() == {"MF/DDF1/EF05"}


def test_every_file_and_every_right_is_in_the_tree() -> None:
    profile = load("health_card")
    rows = tree_rows(profile, set(profile.keys), "MF")
    assert [row.path for row in rows] == list(profile.files)
    assert sum(row.items for row in rows if row.items) > 384
    assert all(row.read.open for row in rows if row.read)


def test_select_by_paths(bench: Bench) -> None:
    for path, place in (
        ("DDF1/DF01/EF05", "MF/DDF1/DF01/EF05"),
        ("EF06", "MF/DDF1/DF01/EF06"),
        ("..", "MF/DDF1"),
        ("df03", "MF/DDF1/DF03"),
        ("ED02", "MF/DDF1/DF03/ED02"),
        ("MF", "MF"),
        ("EE01", "MF/DDF1/DF03/EE01"),
    ):
        assert json.loads(bench.run(f"select {path} --json")) == {"selected": place}
    assert bench.shell.prompt == "rhc DDF1/DF03/EE01> "
    assert "DDF1/EF08?" in bench.fail("select DDF1/EF09")


def test_a_path_that_fits_several_files_is_refused() -> None:
    with pytest.raises(UnknownFileError, match="DDF1/DF01/EF05, DDF1/DF02/EF05"):
        find_file(load("health_card"), "EF05")


@pytest.mark.parametrize("name", sorted(proving_keys(load("health_card"))))
def test_every_key_of_a_sam_can_be_proved(name: str) -> None:
    found = json.loads(Bench().run(f"auth {name} --json"))
    assert found["proved"] in found["held"]


def test_raw_commands_are_explained(bench: Bench) -> None:
    said = bench.run("apdu 00A4000002DDF1 00A4000002EF05 00B2390005")
    assert "READ RECORD  DDF1/EF05  tag 39" in said
    assert "< 39032100009000" in said
    assert "not 9000" in bench.fail("apdu 00A4000002FFFF")
    bench.run("apdu 00A4000002FFFF --expect 6a8x")
    told = json.loads(bench.run("apdu 00 A4 00 00 02 DF 01 --to sam --expect 61XX --json"))
    assert told[0]["file"] == "DF01"


@pytest.mark.parametrize("words", [["00A4"], ["00A40000zz"], ["00A40"], [""], ["00"] * 3])
def test_bad_hex(words: list[str]) -> None:
    with pytest.raises(BadHexError):
        parse(words)


def test_hex_with_blanks_and_colons() -> None:
    select = bytes.fromhex("00A4000002DDF1")
    assert parse(["00:A4:00:00:02:DD:F1"]) == parse(["00", "A4", "00", "00", "02", "DD", "F1"]) == (select,)
    assert parse(["00 A4 0000 02 DDF1", "00840000 08"]) == (select, bytes.fromhex("0084000008"))


def test_items_by_name_after_raw_commands_begin_anew(bench: Bench) -> None:
    bench.run("read card_class")
    bench.run("select MF")
    bench.run("apdu 00A4000002FFFF --expect 6A82 --to sam")
    assert json.loads(bench.run("read application_city_code --json")) == {"application_city_code": "210000"}


def test_info_and_recording(bench: Bench, tmp_path: Path) -> None:
    bench.run(f"record {tmp_path / 'run.jsonl'}")
    bench.run("read card_class")
    found = json.loads(bench.run("info --json"))
    assert found["selected"] == "MF/DDF1/EF05"
    files = [tmp_path / "run.card.jsonl", tmp_path / "run.sam.jsonl"]
    assert found["recording"] == [str(file) for file in files]
    bench.run("record off")
    bench.run("reset")
    for file in files:
        assert file.stat().st_mode & 0o777 == 0o600
        assert json.loads(file.read_text("utf-8").splitlines()[0])["format"] == "rhc-trace/1"
    assert "123456" not in files[1].read_text("utf-8")
    assert bench.fail(f"record {tmp_path}/no/such/folder.jsonl")


# --- failures ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("read no_such_item", "no_such_item"),
        ("raed card_class", "read?"),
        ("write holder_phone_1", "ITEM=VALUE"),
        ("write holder_phone_1=abc", "digits only"),
        ("write holder_name=张三", "holder_name"),
        ("read card_class > file", "quotation marks"),
        ("read card_class | cat", "quotation marks"),
        ("auth RK9", "RK1_DDF1"),
        ("auth STK_DF01", "no such key"),
        ("apdu 00A4 --expect 9", "four bytes"),
        ("apdu 00A40000 --expect 9", "four hex digits"),
        ("script /no/such/file", "/no/such/file"),
        ("help nothing", "nothing"),
        ("read", "wrong usage"),
        ("read 'card_class", "cannot be read"),
        ("shell ls", "no such command"),
        ("edit x", "no such command"),
        ("run_pyscript x", "no such command"),
    ],
)
def test_refusals_are_one_line(bench: Bench, line: str, told: str) -> None:
    assert told in bench.fail(line)


def test_a_card_that_is_taken_out_is_found_again(bench: Bench) -> None:
    bench.run("read card_class")
    bench.cards.take_out()
    assert "removed" in bench.fail("read holder_name")
    assert bench.shell.prompt == "rhc> "
    assert json.loads(bench.run("read application_city_code --json"))
    bench.cards.take_out()
    assert "removed" in bench.fail("apdu 00A4000002DDF1")
    bench.run("apdu 00A4000002DDF1")
    assert len(bench.cards.given) == 3


def test_a_fault_of_ours_is_one_line(bench: Bench, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    def broken(*_given: object) -> Channel:
        raise ZeroDivisionError

    monkeypatch.setattr(bench.cards, "user_card", broken)
    assert bench.fail("read card_class") == "internal error: ZeroDivisionError"
    assert "Traceback" not in capfd.readouterr().err


def test_a_wrong_pin_is_sent_once() -> None:
    bench = Bench(pin="654321")
    assert "9 tries left" in bench.fail("read card_class")
    assert "verify" in bench.fail("read card_class")
    bench.asked = ["111111", PIN]
    assert "8 tries left" in bench.fail("verify")
    bench.run("verify")
    bench.run("read card_class")
    bench.cards.take_out()
    bench.fail("read card_class")
    bench.run("read card_class")


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cmd2", None)
    with pytest.raises(ShellMissingError, match=r"\[shell\]"), shell_at(Desk(Cards()), LineHistory(None)):
        pytest.fail("there is no shell without cmd2")


# --- help and completion ----------------------------------------------------------------------------------


def test_help_teaches_every_command_with_an_example_that_fits(bench: Bench) -> None:
    known = set(bench.shell.get_visible_commands()) - {"exit"}
    assert known == set(COMMANDS)
    overview = bench.run("help")
    for name, lesson in lessons().items():
        assert lesson.summary.split(",")[0] in overview
        said = bench.run(f"help {name}")
        assert all(example in said for example in lesson.examples) or name == "quit"
    assert len(FIRST_STEPS) > 3


def test_help_in_chinese(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "zh")
    assert "性别" in bench.run("items sex_code")


def completed(bench: Bench, line: str) -> list[str]:
    begin = line.rfind(" ") + 1
    found = bench.shell.complete(line[begin:], line, begin, len(line))
    return [item.text for item in found.items]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("hel", "help"),
        ("read holder_na", "holder_name"),
        ("read card_class inpatient_visits[2].admission_d", "inpatient_visits[2].admission_date"),
        ("write holder_phone_1", "holder_phone_1="),
        ("write sex_code=", "sex_code=1"),
        ("select DDF1/DF0", "DDF1/DF03/EF05"),
        ("auth rk1", "RK1_DF02"),
        ("apdu 00A40000 --to ", "sam"),
        ("help ap", "apdu"),
    ],
)
def test_completion(bench: Bench, line: str, expected: str) -> None:
    assert expected in completed(bench, line)


def test_completion_at_a_terminal(tmp_path: Path) -> None:
    """A person types, Tab fills in, the card answers."""
    master, slave = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "NO_COLOR": "1"}
    command = [*RHC, "sim", "--in-process", "--quiet"]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment) as process:
        os.close(slave)
        try:
            wait_for(master, b"rhc> ")
            os.write(master, b"shell\r")
            wait_for(master, b"Ctrl-D leaves", b"rhc>")
            os.write(master, b"items holder_na")
            wait_for(master, b"holder_na")  # on the screen before Tab, or both are drawn as one word
            os.write(master, b"\t")
            wait_for(master, b"me")  # the two letters that Tab adds
            os.write(master, b"--json\r")
            wait_for(master, '"chinese": "姓名"'.encode(), b"codes", b"rhc>")
            os.write(master, b"quit\r")
            wait_for(master, b"\x1b[?2004l", b"rhc> ")  # the line editor leaves, the outer prompt comes
            os.write(master, b"exit\r")
            assert process.wait(SECONDS) == 0
        finally:
            process.kill()
            os.close(master)
    assert (tmp_path / "state/rhc/shell_history").read_text("utf-8") == "items holder_name --json\nquit\n"


def wait_for(terminal: int, *texts: bytes) -> None:
    """Read until these texts have come, in this order."""
    seen, deadline = b"", time.monotonic() + SECONDS
    for text in texts:
        while text not in seen:
            ready, _, _ = select.select([terminal], [], [], max(deadline - time.monotonic(), 0))
            assert ready, seen
            seen += os.read(terminal, 65536)
        seen = seen.partition(text)[2]


# --- history ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "how"),
    [
        ("read holder_name", Keeping.FILE),
        ("apdu 00A4000002DDF1 --expect 9000", Keeping.FILE),
        ("apdu --to sam 00 A4 00 00 02 DF 01", Keeping.FILE),
        ("verify", Keeping.FILE),
        ("write holder_phone_1=19900001234", Keeping.SESSION),
        ("apdu 04DC010404AABBCCDD", Keeping.SESSION),
        ("apdu 0020000003123456", Keeping.NEVER),
        ("apdu 00A4000002DDF1 '00 20 00 00 03 12 34 56'", Keeping.NEVER),
        ("apdu 00 20 00 00 03 12 34 56", Keeping.NEVER),
        ("apdu 80D40000081122334455667788", Keeping.NEVER),
        ("apdu 0020000003123456zz", Keeping.NEVER),
        ("apdu '0020000003123456", Keeping.NEVER),
        ("verify 123456", Keeping.NEVER),
        ("verfiy 123456", Keeping.NEVER),
        ("123456", Keeping.NEVER),
    ],
)
def test_what_may_be_remembered(line: str, how: Keeping) -> None:
    assert keeping(line, COMMANDS) is how


def test_the_file_is_private_and_holds_no_pin(tmp_path: Path) -> None:
    path = history.history_path()
    assert path == tmp_path / "state" / "rhc" / "shell_history"
    bench = Bench(lines=LineHistory(path))
    bench.asked = [PIN]
    for line in ("items sex_code", "verify", "write holder_phone_1=19900001234"):
        bench.run(line)
    bench.fail("apdu 0020000003123456")
    bench.fail("apdu '0020000003123456")
    assert path.read_text("utf-8") == "items sex_code\nverify\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    recall = list(bench.shell.main_session.history.load_history_strings())
    assert recall == ["write holder_phone_1=19900001234", "verify", "items sex_code"]
    again = Bench(lines=LineHistory(path))
    assert json.loads(again.run("history items --json")) == ["items sex_code", "history items --json"]
    again.run("history --clear")
    assert not path.exists()


# --- scripts and the command line -------------------------------------------------------------------------


def rhc(*arguments: str, cards: object = None, keys: str | None = None) -> Any:
    app = typer.Typer()
    shell_cli.register(app)
    lookup_cli.register(app)
    return CliRunner().invoke(app, list(arguments), obj=cards or Cards(), input=keys)


@pytest.fixture
def script(tmp_path: Path) -> Any:
    def write(*lines: str) -> str:
        path = tmp_path / "check.rhc"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return str(path)

    return write


def test_a_script_that_succeeds(script: Any) -> None:
    file = script(
        "# a comment", "", "write holder_phone_1=19900000001", "read holder_phone_1", "quit", "junk"
    )
    done = rhc("script", file)
    assert (done.exit_code, done.stderr) == (0, "")
    done = rhc("script", file, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["line"], row["ok"]) for row in rows] == [(3, True), (4, True), (5, True)]
    assert rows[1]["result"] == {"holder_phone_1": "19900000001"}


def test_a_script_stops_at_the_first_failure(script: Any) -> None:
    file = script("read card_class", "read nothing", "apdu 0020000003999999", "read card_class")
    done = rhc("script", file, "--json")
    assert done.exit_code == 1
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["ok"] for row in rows] == [True, False]
    assert "nothing" in rows[1]["error"]
    going = rhc("script", file, "--json", "--keep-going")
    rows = [json.loads(line) for line in going.stdout.splitlines()]
    assert (going.exit_code, [row["ok"] for row in rows]) == (1, [True, False, False, True])
    assert rows[2]["command"] == "apdu …"
    assert "2 of 4 lines failed, line 2 first" in going.stderr


def test_a_script_in_a_script(bench: Bench, tmp_path: Path) -> None:
    inner, outer = tmp_path / "inner.rhc", tmp_path / "outer.rhc"
    inner.write_text("read card_class\n", "utf-8")
    outer.write_text(f"script {inner}\nselect MF\n", "utf-8")
    bench.run(f"script {outer}")
    inner.write_text(f"script {outer}\n", "utf-8")
    assert "1 of 1 lines failed" in bench.fail(f"script {outer}")
    outer.write_bytes(b"read \xff\n")
    assert "UTF-8" in bench.fail(f"script {outer}")


def test_lines_of_a_script_are_not_remembered(bench: Bench, script: Any) -> None:
    file = script("items sex_code")
    bench.run(f"script {file}")
    assert bench.shell.lines.lines == [f"script {file}"]


def test_apdu_on_the_command_line() -> None:
    done = rhc("apdu", "00A4000002DDF1", "00A4000002EF05", "00B2390005", "--json")
    assert done.exit_code == 0
    assert [row["response"][-4:] for row in json.loads(done.stdout)] == ["9000"] * 3
    done = rhc("apdu", "--to", "sam", "0020000003123456", "--expect", "9000")
    assert "123456" not in done.stdout + done.stderr
    refused = rhc("apdu", "00A4000002FFFF")
    assert (refused.exit_code, refused.stderr) == (1, "the card answered 6A82, not 9000\n")
    assert "6A82 file not found" in refused.stdout


def test_the_shell_from_a_pipe(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    done = rhc("shell", "--json", keys="read application_city_code\nread nothing\nselect MF\n")
    assert done.exit_code == 0
    rows = [json.loads(line) for line in done.stdout.splitlines() if line]
    assert rows == [{"application_city_code": "210000"}, {"selected": "MF"}]


def test_desk_lets_cards_go() -> None:
    desk = Desk(Cards(), pin=PIN)
    desk.session()
    assert desk.connected
    assert desk.views[Target.SAM].last is not None
    desk.drop()
    assert not desk.connected


# --- items ------------------------------------------------------------------------------------------------


def test_items() -> None:
    rows = json.loads(rhc("items", "--json").stdout)
    assert len(rows) == 384
    phones = json.loads(rhc("items", "*PHONE*", "--json").stdout)
    assert {"holder_phone_1", "contact_phone_1"} <= {row["name"] for row in phones}
    (sex,) = json.loads(rhc("items", "sex_code", "--json").stdout)
    assert (sex["chinese"], sex["length"], sex["coding"]) == ("性别", 1, "B")
    assert sex["codes"]["2"] == {"zh": "女", "en": "female"}
    visit = json.loads(rhc("items", "admission_date", "--json").stdout)[0]
    assert visit["read_as"] == "inpatient_visits[1].admission_date"
    assert "女  female" in rhc("items", "sex_code").stdout
    assert rhc("items", "no such thing").exit_code == 1


@pytest.mark.parametrize("arguments", [["--no-color"], []])
def test_colours_can_be_off(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")  # put back at the end, whatever the option does
    done = CliRunner().invoke(whole_app, [*arguments, "items", "sex_code"])
    assert done.exit_code == 0
    assert os.environ["NO_COLOR"] == ("1" if arguments else "")
