"""The stack that every program meets: used when it runs, started when it does not, refused in plain words."""

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from echo_card import EchoCard
from python_process import ROOT, run_python

from lab.pcsc import parts, system_stack
from lab.pcsc.client import SOCKET_VARIABLE, wait_card
from lab.pcsc.errors import DaemonFailed, NotPermitted, NoVirtualReader, PartsMissing
from lab.pcsc.private_stack import PrivateStack

pytestmark = pytest.mark.pcsc

DEADLINE = 5.0


def test_running_pcscd_is_used(pcsc_stack: PrivateStack) -> None:
    said: list[str] = []
    with system_stack.system_stack(said.append) as readers:
        assert readers.slots == pcsc_stack.readers.slots
        readers.insert(readers.slots[0], EchoCard())
    wait_card(readers.slots[0].reader, present=False, timeout=DEADLINE)
    assert "runs already" in said[0]
    assert str(readers.slots[0].port) in said[0]


def test_running_pcscd_without_virtual_readers_is_an_error(
    pcsc_stack: PrivateStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # what an earlier `make sim` left on this machine must not answer for this pcscd
    monkeypatch.setattr(system_stack, "RUNTIME_DIRECTORY", tmp_path)
    configuration = pcsc_stack.socket.parent / "reader.conf"
    aside = configuration.rename(configuration.with_name("aside"))
    try:
        with pytest.raises(NoVirtualReader), system_stack.system_stack(print):
            pass
    finally:
        aside.rename(configuration)


def test_without_root_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = tmp_path / "pcscd.comm"
    monkeypatch.setenv(SOCKET_VARIABLE, str(nowhere))
    with pytest.raises(DaemonFailed, match="unset it"), system_stack.system_stack(print):
        pass
    monkeypatch.setattr(system_stack, "SYSTEM_SOCKET", nowhere)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NotPermitted, match=r"sudo.*--in-process"), system_stack.system_stack(print):
        pass


def test_missing_parts_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LIBRARY_PLACES", ())
    with pytest.raises(PartsMissing, match="vsmartcard-vpcd"):
        parts.find_parts()


def test_a_socket_file_left_behind_is_no_pcscd(tmp_path: Path) -> None:
    path = tmp_path / "pcscd.comm"
    assert not system_stack.daemon_answers(path)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
        left.listen()
        assert system_stack.daemon_answers(path)
    assert not system_stack.daemon_answers(path)


SYSTEM_SCRIPT = """
import json, socket
from pathlib import Path
from lab.pcsc.client import SYSTEM_SOCKET, card_present
from lab.pcsc.system_stack import system_stack
from echo_card import EchoCard

SYSTEM_SOCKET.parent.mkdir()
with socket.socket(socket.AF_UNIX) as stale:
    stale.bind(str(SYSTEM_SOCKET))
said = []
with system_stack(said.append) as first:
    slots = [[slot.reader, slot.port] for slot in first.slots]
    with system_stack(said.append) as second:
        same = second.slots == first.slots
    first.insert(first.slots[0], EchoCard())
    seen = [card_present(slot.reader) for slot in first.slots]
print(json.dumps(dict(said=said, slots=slots, same=same, seen=seen, left=SYSTEM_SOCKET.exists())))
"""


def test_system_stack_is_started_used_and_ended() -> None:
    """In a mount and network namespace, so that the pcscd of the machine is not touched."""
    enter = ["unshare", "--map-root-user", "--mount", "--net", "sh", "-c"]
    prepare = "mount -t tmpfs tmpfs /run && ip link set lo up"
    if not (shutil.which("unshare") and shutil.which("ip")):
        pytest.skip("needs unshare and ip")
    allowed = subprocess.run([*enter, prepare], capture_output=True, check=False)
    if allowed.returncode != 0:
        pytest.skip("namespaces are not permitted here")
    done = run_python(
        SYSTEM_SCRIPT,
        prefix=[*enter, f'{prepare} && unset {SOCKET_VARIABLE} && exec "$0" "$@"'],
        environment={"PYTHONPATH": f"{ROOT}:{Path(__file__).parent}"},
    )
    report = json.loads(done)
    assert {port for _, port in report["slots"]} == {35963, 35964, 35965, 35966}
    assert report["same"]
    assert report["seen"] == [True, False, False, False]
    assert not report["left"]
    assert "left behind" in report["said"][0]
    assert "was started" in report["said"][1]
    assert "runs already" in report["said"][2]
    assert report["said"][-1] == "pcscd has ended."
