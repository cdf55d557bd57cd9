"""`rhc sim` as a user runs it, in a process of its own, over the private stack of this worker."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.pcsc.client import card_present, wait_card
from lab.pcsc.private_stack import PrivateStack

pytestmark = pytest.mark.pcsc
RHC = [sys.executable, "-m", "lab"]
SECONDS = 30


def run_rhc(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RHC, *arguments],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env=os.environ | {"RHC_LANG": "en"} | environment,
    )


@pytest.fixture(scope="module", autouse=True)
def control_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the simulators of this module listen."""
    folder = tmp_path_factory.mktemp("control")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RHC_SIM_SOCKET", str(folder / "socket"))
        yield folder


@contextmanager
def simulator(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict]]:
    """A running simulator and its ready file."""
    ready = folder / "ready.json"
    process = subprocess.Popen(
        [*RHC, "sim", "--no-page", "--ready-file", str(ready), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"RHC_LANG": "en"},
    )
    try:
        for line in process.stdout:
            if line.startswith("Ctrl-C ends it"):
                break
        else:
            pytest.fail(f"the simulator ended: {process.stderr.read()}")
        yield process, json.loads(ready.read_text("utf-8"))
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=SECONDS)


@pytest.fixture(scope="class")
def shared_sim(
    pcsc_stack: PrivateStack, control_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[subprocess.Popen[str], dict]]:
    with simulator(tmp_path_factory.mktemp("sim")) as running:
        yield running


class TestRunning:
    """One simulator for all tests here; none of them takes its cards out."""

    @pytest.fixture
    def sim(self, shared_sim: tuple[subprocess.Popen[str], dict]) -> tuple[subprocess.Popen[str], dict]:
        return shared_sim

    def test_ready_file_keeps_its_contract(
        self, sim: tuple[subprocess.Popen[str], dict], pcsc_stack: PrivateStack
    ) -> None:
        process, ready = sim
        assert ready["user_reader"] == "RHC Contactless 00 00"
        assert ready["sam_reader"] == "RHC SAM 00 00"
        assert ready["sam_pin"] == "123456"
        assert ready["pcsc_socket"] == str(pcsc_stack.socket)
        assert ready["pid"] == process.pid
        read = run_rhc("read", "card_number", "--json")
        assert json.loads(read.stdout)["card_number"] == ready["card_number"]

    def test_written_values_stay_on_the_card(self, sim: tuple[subprocess.Popen[str], dict]) -> None:
        assert run_rhc("write", "holder_phone_1=19900001234").returncode == 0
        read = run_rhc("read", "holder_phone_1", "--json")
        assert json.loads(read.stdout) == {"holder_phone_1": "19900001234"}

    def test_a_visit_is_added(self, sim: tuple[subprocess.Popen[str], dict]) -> None:
        visit = ("outpatient_org_name=测试医院", "visit_datetime=2026-11-22T09:30:00")
        added = run_rhc("visit", "add", "--kind", "outpatient", *visit, "--json")
        assert added.returncode == 0, added.stderr
        slot = json.loads(added.stdout)["slot"]
        read = run_rhc("read", f"outpatient_visits[{slot}].outpatient_org_name", "--json")
        assert list(json.loads(read.stdout).values()) == ["测试医院"]

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("write", "holder_phone_1=12a"), "holder_phone_1"),
            (("write", "holder_name=张三"), "holder_name"),
            (("read", "no_such_item"), "no_such_item"),
            (("read", "--pin", "654321", "holder_name"), "9"),
            (("read", "--reader", "nowhere"), "nowhere"),
        ],
    )
    def test_refusals_are_one_line(
        self, sim: tuple[subprocess.Popen[str], dict], arguments: tuple[str, ...], told: str
    ) -> None:
        done = run_rhc(*arguments)
        assert done.returncode == 1
        assert done.stdout == ""
        assert told in done.stderr
        assert done.stderr.count("\n") == 1

    def test_a_second_simulator_finds_the_slot_taken(
        self, sim: tuple[subprocess.Popen[str], dict], tmp_path: Path
    ) -> None:
        done = run_rhc("sim", "--once", "--quiet")
        assert done.returncode == 1
        assert "RHC Contactless 00 00" in done.stderr
        assert done.stderr.count("\n") == 1

    def test_opensc_reads_tag_57(self, sim: tuple[subprocess.Popen[str], dict]) -> None:
        done = subprocess.run(
            [
                "opensc-tool",
                "-r",
                sim[1]["user_reader"],
                *("-s", "00A4000002DDF1", "-s", "00A4000002EF05", "-s", "00B2390005"),
            ],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
            env=os.environ | {"OPENSC_DRIVER": "default"},
        )
        assert "57 53 2E 53 59 53 2E 44 44 46 30 31" in done.stdout  # WS.SYS.DDF01
        assert "39 03 11 00 00" in done.stdout

    def test_scriptor_talks_to_the_sam(self, sim: tuple[subprocess.Popen[str], dict], tmp_path: Path) -> None:
        script = tmp_path / "script.txt"
        script.write_text("00 A4 00 00 02 DF 01\n00 C0 00 00 14\n00 20 00 00 03 12 34 56\n")
        done = subprocess.run(
            ["scriptor", "-r", sim[1]["sam_reader"], str(script)],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
        assert "< 61 14" in done.stdout
        assert done.stdout.count("90 00") == 2

    def test_pcsc_scan_sees_both_cards(self, sim: tuple[subprocess.Popen[str], dict]) -> None:
        with subprocess.Popen(["pcsc_scan", "-c"], stdout=subprocess.PIPE, text=True) as scan:
            seen = [next(line for line in scan.stdout if "Card inserted" in line) for _ in range(2)]
            scan.terminate()
        assert len(seen) == 2

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("insert", "user:nobody"), "nobody: no such demo resident"),
            (("insert", "/no/such/file"), "/no/such/file"),
            (("insert", "user", "0"), "a card is in it"),
            (("eject",), "2 cards are in; name the slot"),
            (("eject", "1"), "no card is in it"),
            (("swap", "user", "elephant"), "elephant: no slot"),
        ],
    )
    def test_what_the_running_simulator_refuses(
        self, sim: tuple[subprocess.Popen[str], dict], arguments: tuple[str, ...], told: str
    ) -> None:
        before = run_rhc("sim", "list").stdout
        done = run_rhc("sim", *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert told in done.stderr
        assert done.stderr.count("\n") == 1
        assert run_rhc("sim", "list").stdout == before


def test_the_whole_demonstration(pcsc_stack: PrivateStack) -> None:
    done = run_rhc("sim", "--once", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Everything came back as it was written." in done.stdout
    assert not any(card_present(slot.reader) for slot in pcsc_stack.readers.slots)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly(number: signal.Signals, pcsc_stack: PrivateStack, tmp_path: Path) -> None:
    with simulator(tmp_path) as (process, ready):
        process.send_signal(number)
        _, errors = process.communicate(timeout=SECONDS)
        assert (process.returncode, errors) == (0, "")
        wait_card(ready["user_reader"], False, 5)
        wait_card(ready["sam_reader"], False, 5)
    assert list(tmp_path.iterdir()) == []


def test_what_passes_is_explained(pcsc_stack: PrivateStack, tmp_path: Path) -> None:
    with simulator(tmp_path) as (process, _ready):
        run_rhc("read", "application_city_code")
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=SECONDS)
    assert "READ RECORD  DDF1/EF05  tag 39  应用城市代码 application_city_code  → 9000 ok" in told
    assert "VERIFY" in told
    assert "123456" not in told


def test_without_a_card_in_the_reader(pcsc_stack: PrivateStack) -> None:
    done = run_rhc("read")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("slots", ["user,user", "sam", "user,elephant"])
def test_slots_that_cannot_be_filled(slots: str) -> None:
    done = run_rhc("sim", "--in-process", "--slots", slots)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_without_pcsc(tmp_path: Path) -> None:
    done = run_rhc("sim", "--in-process", "--once", "--quiet", PCSCLITE_CSOCK_NAME=str(tmp_path / "nothing"))
    assert (done.returncode, done.stderr) == (0, "")


def test_the_prompt_without_pcsc() -> None:
    done = subprocess.run(
        [*RHC, "sim", "--in-process", "--quiet"],
        input="write holder_phone_1=19900001234\nread holder_phone_1 --json\nread nothing\n'\nexit\n",
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
        env=os.environ | {"RHC_LANG": "en"},
    )
    assert '"holder_phone_1": "19900001234"' in done.stdout
    assert "The quotation marks do not match." in done.stderr
    assert "nothing" in done.stderr


def cards_in(answer: str) -> list[tuple[str, str | None]]:
    return [(row["slot"], row["about"]) for row in json.loads(answer)]


def test_cards_come_go_and_are_swapped_while_it_runs(pcsc_stack: PrivateStack, tmp_path: Path) -> None:
    with simulator(tmp_path, "--slots", "user,user:03,sam") as (_, ready):
        listed = cards_in(run_rhc("sim", "list", "--json").stdout)
        assert listed == [("0", "05-zhuge-chengsheng"), ("1", "03-ayiguli"), ("2", "11"), ("3", None)]
        swapped = run_rhc("sim", "swap", "user:01", "0", "--json")
        assert cards_in(swapped.stdout)[0] == ("0", "01-zhang-wei")
        read = run_rhc("read", "card_number", "--reader", ready["user_reader"], "--json")
        assert json.loads(read.stdout)["card_number"] != ready["card_number"]
        assert cards_in(run_rhc("sim", "eject", "Contactless 00 01", "--json").stdout)[1] == ("1", None)
        wait_card("RHC Contactless 00 01", False, 5)
        assert cards_in(run_rhc("sim", "insert", "sam", "--json").stdout)[3] == ("3", "11")


def test_nobody_to_tell(pcsc_stack: PrivateStack) -> None:
    done = run_rhc("sim", "list")
    assert (done.returncode, done.stderr) == (1, "no simulator runs here (start one with `rhc sim`)\n")


def test_a_card_file_keeps_what_terminals_wrote_after_kill(pcsc_stack: PrivateStack, tmp_path: Path) -> None:
    file = tmp_path / "my.card"
    assert run_rhc("card", "new", str(file), "--resident", "01").returncode == 0
    for number in ("19900001111", "19900002222"):
        with simulator(tmp_path, "--card", str(file)) as (process, ready):
            assert ready["card_number"]
            assert run_rhc("write", f"holder_phone_1={number}").returncode == 0
            process.kill()
            process.wait(timeout=SECONDS)
            wait_card(ready["user_reader"], False, 5)
        (tmp_path / "ready.json").unlink(missing_ok=True)
        shown = run_rhc("card", "show", str(file))
        assert number in shown.stdout


def test_a_card_file_of_another_simulator_is_refused(pcsc_stack: PrivateStack, tmp_path: Path) -> None:
    file = tmp_path / "my.card"
    assert run_rhc("card", "new", str(file)).returncode == 0
    with simulator(tmp_path, "--card", str(file)):
        done = run_rhc("sim", "insert", str(file))
    assert done.returncode == 1
    assert str(file) in done.stderr


def test_what_passed_can_be_explained_later(pcsc_stack: PrivateStack, tmp_path: Path) -> None:
    trace = tmp_path / "run.jsonl"
    with simulator(tmp_path, "--trace", str(trace)):
        assert run_rhc("read", "holder_name").returncode == 0
    told = run_rhc("trace", "explain", str(tmp_path / "run.card.jsonl"))
    assert "EXTERNAL AUTHENTICATE" in told.stdout
    assert "RK1_DDF1" in told.stdout
    sam = run_rhc("trace", "explain", str(tmp_path / "run.SAM.jsonl"))
    assert "123456" not in sam.stdout + (tmp_path / "run.SAM.jsonl").read_text("utf-8")


def test_a_plan_of_faults_strikes_and_the_card_comes_back(pcsc_stack: PrivateStack, tmp_path: Path) -> None:
    with simulator(tmp_path, "--faults", "card_pulled_during_write") as (process, ready):
        before = run_rhc("read", "holder_phone_1", "--json").stdout
        torn = run_rhc("write", "holder_phone_1=19900007777")
        assert (torn.returncode, torn.stderr.count("\n")) == (1, 1)
        wait_card(ready["user_reader"], True, 10)
        assert run_rhc("sim", "faults", "none").returncode == 0
        assert run_rhc("read", "holder_phone_1", "--json").stdout == before
        assert run_rhc("write", "holder_phone_1=19900007777").returncode == 0
        refused = run_rhc("sim", "faults", "no_such_plan")
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
        process.terminate()
        told, _ = process.communicate(timeout=SECONDS)
    assert "power fails at write step 2" in told


def test_a_scene_puts_wrong_cards_into_the_readers(pcsc_stack: PrivateStack, tmp_path: Path) -> None:
    with simulator(tmp_path, "--faults", "unpersonalised_card"):
        done = run_rhc("read", "holder_name")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_a_variant_over_pcsc(pcsc_stack: PrivateStack) -> None:
    done = run_rhc("sim", "--once", "--quiet", "--profile", "contact_t0")
    assert (done.returncode, done.stderr) == (0, "")
