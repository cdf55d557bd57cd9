"""A running simulator is told what to do over its socket."""

import json
import socket
import stat
import threading

import pytest

from card_os.spec.errors import PlainError
from lab import control


class NoCardError(PlainError):
    template = "no card in {slot}"


@pytest.fixture(autouse=True)
def own_socket(tmp_path, monkeypatch):
    path = tmp_path / "deep" / "control.sock"
    monkeypatch.setenv(control.VARIABLE, str(path))
    return path


def refuse(request):
    raise NoCardError(slot=request["slot"])


def test_question_and_answer(own_socket):
    with control.listening(lambda request: {"heard": request}):
        assert control.ask({"do": "list"}) == {"heard": {"do": "list"}}
    assert not own_socket.exists()


def test_only_the_owner_reaches_it(own_socket):
    with control.listening(dict):
        assert stat.S_IMODE(own_socket.stat().st_mode) == 0o600
        assert stat.S_IMODE(own_socket.parent.stat().st_mode) == 0o700


def test_nobody_listens():
    with pytest.raises(control.NoSimulatorError, match="no simulator runs here"):
        control.ask({"do": "list"})


def test_a_socket_that_was_left_behind_is_no_simulator(own_socket):
    own_socket.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(own_socket))
    with pytest.raises(control.NoSimulatorError):
        control.ask({"do": "list"})
    with control.listening(lambda request: {"ok": "yes"}):
        assert control.ask({}) == {"ok": "yes"}


def test_a_second_simulator_is_refused():
    with control.listening(dict), pytest.raises(control.SimulatorBusyError), control.listening(dict):
        pass


def test_a_refusal_reaches_the_one_who_asked():
    with (
        control.listening(refuse),
        pytest.raises(control.RefusedBySimulatorError, match="no card in 3"),
    ):
        control.ask({"slot": "3"})


@pytest.mark.parametrize("line", [b"nonsense\n", b"[1]\n", b"\xff\n", b'{"a"\n'])
def test_nonsense_is_answered_and_the_next_one_served(own_socket, line):
    with control.listening(lambda request: {"ok": "yes"}):
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(own_socket))
            raw.sendall(line)
            assert "error" in json.loads(raw.makefile("rb").readline())
        assert control.ask({}) == {"ok": "yes"}


def test_one_who_hangs_up_harms_nobody(own_socket):
    with control.listening(lambda request: {"ok": "yes"}):
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(own_socket))
        assert control.ask({}) == {"ok": "yes"}


def test_requests_come_one_after_the_other():
    inside, most = 0, 0

    def handle(request):
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        inside -= 1
        return {"ok": "yes"}

    with control.listening(handle):
        askers = [threading.Thread(target=control.ask, args=({},)) for _ in range(8)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
    assert most == 1
