"""Front servers: what they take, what they answer, and a loss that reaches another place.

# spec: issuance_and_ecard A.9, D.1, H
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cards_bench import CENTRE, CLERK, holder, in_use
from fastapi.testclient import TestClient
from hospital_bench import CHIP, NUMBER, Counter
from registry_bench import actor
from test_api import SETTINGS, settle
from typer.testing import CliRunner

from card_os.crypto import sm2
from card_os.spec import card_list_format
from card_os.spec.card_list import CardList, Change, Delta, Entry, Mark, Operation, Reason
from issuer.access.actor import Role
from issuer.api.app import create_app
from issuer.cards import losses
from issuer.cli.front_server import app
from issuer.front_server import home as homes
from issuer.front_server import serving, syncing
from issuer.front_server.answering import Desk, age_in_words
from issuer.front_server.home import FrontServerHomeError, FrontServerSettings
from issuer.front_server.store import KNOWN_FILE, LIST_FILE, Known, ListRefusedError, ListStore
from issuer.front_server.upstream import Upstream, UpstreamError
from issuer.keys.certificates import LIST_KEY
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.lists import delivery, publishing
from issuer.office import Office, OfficeSettings, make_home, open_office
from issuer.registry import setting_up
from issuer.registry.registry import Registry
from reader_client.hospital import steps
from reader_client.hospital.lists import read_list
from reader_client.hospital.validity import Answer, CardRefusedError

ROOT = Path(__file__).parents[1]
DATE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
KEYS = sm2.generate_key_pair()
BLACK = Entry(NUMBER, CHIP, Mark.BLACK, Reason.LOSS)
GREY = Entry("310101190011280197", "0000000002", Mark.GREY, Reason.LOSS)
PASSWORD = "correct horse battery"  # noqa: S105
SERVERS = ("fs-a", "fs-b")


def signed(version: int, *entries: Entry, date: datetime = DATE, keys: sm2.KeyPair = KEYS) -> CardList:
    made = CardList(str(version), date, entries, date + timedelta(days=7), keys.public)
    digest = sm2.message_digest(keys.public, made.head().encode())
    return replace(made, signature=sm2.sign_digest(keys.private, digest))


def delta(base: CardList, to: CardList) -> str:
    gone = [Change(Operation.DELETE, entry) for entry in base.entries if entry not in to.entries]
    come = [Change(Operation.ADD, entry) for entry in to.entries if entry not in base.entries]
    made = Delta(base.version, to.version, to.date, (*gone, *come), to.expires, to.signer, to.signature)
    return card_list_format.write_delta(made)


def text(card_list: CardList) -> str:
    return card_list_format.write_json(card_list)


def setting(**changes: str) -> FrontServerSettings:
    made = FrontServerSettings("fs-a", "http://127.0.0.1:1", "fs-a", KEYS.public.hex())
    return replace(made, **changes)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    where = tmp_path / "front"
    homes.make(where, setting(), PASSWORD)
    return where


@pytest.fixture
def store(home: Path) -> ListStore:
    return ListStore(home, KEYS.public)


# --- the home ---------------------------------------------------------------------------------------------


def test_a_home_comes_back_and_is_closed_to_others(home: Path):
    assert homes.read(home) == setting()
    assert homes.password_of(home) == PASSWORD
    assert home.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in home.iterdir()} == {0o600}
    with pytest.raises(FrontServerHomeError, match="exists already"):
        homes.make(home, setting(), PASSWORD)
    assert PASSWORD not in (home / homes.SETTINGS_FILE).read_text()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"issuer": "http://issuer.example"}, "issuer: an https:// address is expected"),
        ({"issuer": "ftp://127.0.0.1"}, "issuer: an https:// address is expected"),
        ({"issuer": "https://"}, "issuer: an https:// address is expected"),
        ({"key": "00" * 64}, "key: an SM2 public key"),
        ({"key": "x"}, "key: an SM2 public key"),
        ({"name": 'a"b'}, "name: quotation marks"),
        ({"operator": ""}, "operator: quotation marks"),
        ({"sync_seconds": "0"}, "sync_seconds: a number greater than 0"),
        ({"warn_after_hours": "nan"}, "warn_after_hours: a number greater than 0"),
        ({"warn_after_hours": "inf"}, "warn_after_hours: a number greater than 0"),
    ],
)
def test_settings_that_are_wrong(tmp_path: Path, change: dict[str, str], reason: str):
    with pytest.raises(FrontServerHomeError, match=reason):
        homes.make(tmp_path / "x", setting(**change), PASSWORD)
    assert not (tmp_path / "x").exists()
    assert setting(issuer="https://issuer.example:8443").problem() is None


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("", '"format" is not'),
        ("format = ", "no TOML"),
        ('format = "rhc-front-server/1"\nname = "x"\nother = "y"', "other is no setting"),
        ('format = "rhc-front-server/1"\nname = 7', "name is no setting, or no text"),
        ('format = "rhc-front-server/1"\nname = "x"', "issuer is missing"),
    ],
)
def test_a_settings_file_that_is_wrong(home: Path, settings: str, reason: str):
    (home / homes.SETTINGS_FILE).write_text(settings)
    with pytest.raises(FrontServerHomeError, match=reason):
        homes.read(home)


# --- the list that is kept --------------------------------------------------------------------------------


def test_a_list_is_taken_whole_and_by_deltas(store: ListStore):
    assert (store.read(), store.known()) == (None, Known())
    first, second = signed(1, BLACK), signed(2, BLACK, GREY)
    assert store.take(text(first)) == first
    assert store.take(delta(first, second)) == second
    assert store.read() == second
    assert (store.known().version, store.known().head) == (2, second.head())
    assert read_list(store.home / LIST_FILE, KEYS.public) == second
    assert (store.home / LIST_FILE).stat().st_mode & 0o777 == 0o600
    assert store.take(text(second)) == second


def refused(store: ListStore, given: str, reason: str) -> None:
    before = {file.name: file.read_bytes() for file in store.home.iterdir()}
    with pytest.raises(ListRefusedError, match=reason):
        store.take(given)
    assert {file.name: file.read_bytes() for file in store.home.iterdir()} == before


def test_what_is_not_taken(store: ListStore):
    third = signed(3, BLACK)
    refused(store, delta(signed(2), third), "a delta needs a list that it begins at")
    store.take(text(third))
    refused(store, text(signed(2, BLACK, GREY)), "version 2 is older than version 3")
    refused(store, text(signed(3)), "version 3 was another list before")
    refused(store, text(signed(4, keys=sm2.generate_key_pair())), "the trusted key did not sign it")
    refused(store, text(replace(signed(4), entries=(GREY,))), "the trusted key did not sign it")
    refused(store, delta(signed(2), signed(4)), "the delta begins at version 2, the list has version 3")
    fifth = signed(5, BLACK, GREY)
    refused(store, delta(third, fifth).replace('"reason": "1"', '"reason": "3"'), "did not sign it")
    refused(store, "{}", "no list of cards")
    unnumbered = replace(signed(6), version="6a")
    digest = sm2.message_digest(KEYS.public, unnumbered.head().encode())
    renamed = replace(unnumbered, signature=sm2.sign_digest(KEYS.private, digest))
    refused(store, text(renamed), "its version is no number")
    assert store.read() == third


def test_a_list_file_that_somebody_changed_or_put_back_is_not_used(store: ListStore):
    file = store.home / LIST_FILE
    store.take(text(signed(1, BLACK)))
    old = file.read_text()
    store.take(text(signed(2, BLACK, GREY)))
    new = file.read_text()
    file.write_text(old)
    with pytest.raises(ListRefusedError, match="version 1 is older than version 2"):
        store.read()
    file.write_text(new.replace('"reason": "1"', '"reason": "4"', 1))
    with pytest.raises(ListRefusedError, match="the trusted key did not sign it"):
        store.read()
    file.write_bytes(b"\xff")
    with pytest.raises(ListRefusedError, match="UTF-8"):
        store.read()
    # the very same version comes again as a whole
    assert store.take(new).version == "2"


def test_a_lost_memory_leaves_the_list_as_the_floor(store: ListStore):
    store.take(text(signed(4, BLACK)))
    for damaged in ("", "[]", '{"format": "x"}', '{"format": "rhc-front-server-known/1"}'):
        (store.home / KNOWN_FILE).write_text(damaged)
        assert store.known() == Known()
        refused(store, text(signed(3)), "version 3 is older than version 4")
        refused(store, text(signed(4)), "version 4 was another list before")
    assert store.take(text(signed(5))).version == "5"


def test_a_full_disk_leaves_the_old_list(store: ListStore, monkeypatch: pytest.MonkeyPatch):
    first = signed(1, BLACK)
    store.take(text(first))

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FrontServerHomeError, match="No space left"):
        store.take(text(signed(2)))
    monkeypatch.undo()
    assert store.read() == first


def test_a_cut_between_list_and_memory_heals(store: ListStore, monkeypatch: pytest.MonkeyPatch):
    store.take(text(signed(1)))
    monkeypatch.setattr(ListStore, "_remember", lambda *_any: (_ for _ in ()).throw(KeyboardInterrupt))
    second = signed(2, BLACK)
    with pytest.raises(KeyboardInterrupt):
        store.take(text(second))
    monkeypatch.undo()
    assert store.read() == second
    assert store.known().version == 1
    refused(store, text(signed(1)), "version 1 is older than version 2")
    assert store.take(text(signed(3))).version == "3"


# --- answers ----------------------------------------------------------------------------------------------


def test_a_terminal_hears_what_is_listed_and_how_old_that_is(home: Path, store: ListStore):
    now = DATE + timedelta(hours=3)
    desk = Desk(home, setting(), lambda: now)
    nothing = desk.look_up(NUMBER, CHIP)
    assert (nothing.known, nothing.state.warning) == (False, "there is no list yet")
    store.take(text(signed(7, BLACK, GREY)))
    found = desk.look_up(NUMBER, CHIP)
    assert (found.listed, found.mark, found.reason, found.answer) == (True, "black", "1", "24")
    assert (found.state.version, found.state.age_hours, found.state.warning) == (7, 3.0, "")
    grey = desk.look_up(GREY.card_number, GREY.chip_serial)
    assert (grey.mark, grey.answer) == ("grey", None)
    assert not desk.look_up(NUMBER, "0000000009").listed
    for hours, warning in (
        (48, ""),
        (49, "list 7 is 2 days old"),
        (24 * 8, "list 7 is 8 days old and overdue"),
    ):
        now = DATE + timedelta(hours=hours)
        assert desk.state().warning == warning
    now = DATE - timedelta(minutes=11)
    assert "is the clock of this machine right?" in desk.state().warning
    store.take(text(signed(8, date=DATE)))
    assert not desk.look_up(NUMBER, CHIP).listed
    (home / LIST_FILE).write_text("{}")
    assert "no list of cards" in desk.state().warning
    (home / LIST_FILE).unlink()
    assert desk.state().warning == "there is no list yet"
    assert (age_in_words(3599), age_in_words(48 * 3600)) == ("0 hours", "2 days")


@contextmanager
def answering(home: Path, **changes: str) -> Iterator[int]:
    """A front server in this process, without synchronisation; gives its port."""
    settings = setting(**changes)
    front = serving.FrontServer(home, settings, Desk(home, settings, lambda: DATE))
    stop, bound = threading.Event(), []
    ready = threading.Event()

    def tell(port: int) -> None:
        bound.append(port)
        ready.set()

    thread = threading.Thread(target=serving.serve, args=(front, 0, tell, stop))
    thread.start()
    try:
        assert ready.wait(10)
        yield bound[0]
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def raw(port: int, request: bytes) -> int:
    """The status of an answer to bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(line)
        answer.begin()
        return answer.status


def post(body: bytes, path: str = "/card", host: str = "127.0.0.1:1", length: str = "") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length or len(body)}\r\n\r\n"
    return head.encode() + body


def test_what_is_asked_over_http(home: Path, store: ListStore, capfd: pytest.CaptureFixture[str]):
    store.take(text(signed(7, BLACK)))
    good = json.dumps({"card_number": NUMBER, "chip_serial": CHIP}).encode()
    with answering(home) as port:
        found = ask(port, NUMBER, CHIP)
        assert (found["listed"], found["answer"], found["list"]["version"]) == (True, "24", 7)
        assert get(port, "/status")["list"]["entries"] == 1
        for request, status in (
            (post(good), 200),
            (post(good, host="localhost"), 403),
            (post(good, host="localhost:80"), 200),
            (post(good, host="evil.example:80"), 403),
            (post(good, host=""), 403),
            (post(good, path="/other"), 404),
            (post(good, path="/status"), 405),
            (b"GET /card HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", 405),
            (post(b"{}"), 422),
            (post(b'{"card_number": 7}'), 422),
            (post(b'{"card_number": "1", "chip_serial": 7}'), 422),
            (post(b"[]"), 422),
            (post(b"[" * 4096), 422),
            (post(b"{"), 422),
            (post(b"\xff"), 422),
            (post(good, length="5000"), 422),
            (post(good, length="-1"), 422),
            (post(good, length="x"), 422),
            (post(b'{"serial": "1"}', path="/sam"), 503),
        ):
            assert raw(port, request) == status, request[:60]
    assert NUMBER not in "".join(capfd.readouterr())


# --- synchronisation with an issuer in this process -------------------------------------------------------


@pytest.fixture
def issuer(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """An issuer that the calls of a front server reach without a network."""
    settle(registry, *(actor(Role.TERMINAL, name=name) for name in SERVERS))
    with registry.transaction(actor(Role.ADMINISTRATOR)) as work:
        for name in SERVERS:
            delivery.add_server(work, name, "示范医院", name)
    with TestClient(create_app(Office(tmp_path, SETTINGS, registry.custodian, registry))) as client:

        def call(self: Upstream, method: str, path: str, body: object = None) -> dict[str, object]:
            headers = {"Authorization": f"Bearer {self.token}"}
            answer = client.request(method, path, json=body, headers=headers)
            if answer.status_code >= 400:
                raise UpstreamError(address="here", reason=answer.json()["message"])
            return answer.json() if answer.content else {}  # type: ignore[no-any-return]

        monkeypatch.setattr(Upstream, "call", call)
        yield registry


def published(registry: Registry) -> int:
    with registry.transaction(CENTRE) as work:
        return publishing.publish(work).number


def made_home(tmp_path: Path, name: str = "fs-a") -> tuple[Path, FrontServerSettings]:
    key = PublishedTestCustodian().public_key(LIST_KEY).hex()
    settings, where = setting(name=name, operator=name, key=key), tmp_path / name
    homes.make(where, settings, PASSWORD)
    return where, settings


def test_a_front_server_follows_the_issuer(issuer: Registry, tmp_path: Path):
    home, settings = made_home(tmp_path)
    with pytest.raises(UpstreamError, match="list_version 1"):
        syncing.from_issuer(home, settings)
    held = in_use(issuer)
    published(issuer)
    assert syncing.from_issuer(home, settings) == syncing.Synced(0, 1, "whole")
    assert syncing.from_issuer(home, settings) == syncing.Synced(1, 1, "nothing")
    held.do(losses.report_formal, holder(held))
    published(issuer)
    assert not Desk(home, settings).look_up(NUMBER, CHIP).listed
    assert syncing.from_issuer(home, settings, lambda: DATE) == syncing.Synced(1, 2, "delta")
    found = Desk(home, settings).look_up(NUMBER, CHIP)
    assert (found.answer, found.state.heard_at) == ("24", DATE)
    with issuer.transaction(CENTRE) as work:
        row = next(row for row in delivery.servers(work) if row["name"] == "fs-a")
    assert (row["version"], row["behind"]) == (2, 0)


def test_a_delta_that_does_not_fit_costs_the_whole_list(
    issuer: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home, settings = made_home(tmp_path)
    published(issuer)
    syncing.from_issuer(home, settings)
    for serial, name in enumerate(("01", "02"), start=1):
        held = in_use(issuer, name, serial=serial)
        held.do(losses.report_formal, holder(held))
        published(issuer)
    (home / LIST_FILE).write_text("{}")
    assert syncing.from_issuer(home, settings) == syncing.Synced(0, 3, "whole")
    real, calls = Upstream.fetch, []

    def bent(self: Upstream, since: int):
        found = real(self, since)
        calls.append(found.is_delta)
        return replace(found, text=found.text.replace('"reason": "1"', '"reason": "4"'))

    monkeypatch.setattr(Upstream, "fetch", bent)
    held = in_use(issuer, "03", serial=3)
    held.do(losses.report_formal, holder(held))
    published(issuer)
    # delta and whole list are both bent: nothing is taken
    with pytest.raises(ListRefusedError, match="did not sign it"):
        syncing.from_issuer(home, settings)
    assert calls == [True, False]
    assert Desk(home, settings).state().version == 3


def test_swipes_are_handed_in(issuer: Registry, tmp_path: Path):
    home, settings = made_home(tmp_path)
    held = in_use(issuer)
    held.do(losses.report_formal, holder(held))
    published(issuer)
    syncing.from_issuer(home, settings)
    row = {
        "format": "rhc-swipe/1", "time": "2026-03-02T08:00:00+00:00", "step": "register", "result": "done",
        "card_number": NUMBER, "chip_serial": CHIP,
    }  # fmt: skip
    log = tmp_path / "swipes.jsonl"
    log.write_text(f"{json.dumps(row)}\n" * 2 + "torn", "utf-8")
    first = {"rows": 2, "damaged": 1, "alarms": 1, "known": 1, "ahead": 0}
    assert syncing.report_swipes(home, settings, log) == first
    assert syncing.report_swipes(home, settings, log) == {**first, "alarms": 0, "known": 2}


def test_whether_a_sam_may_be_used_is_asked_online(issuer: Registry, tmp_path: Path):
    home, settings = made_home(tmp_path)
    front = serving.FrontServer(home, settings, Desk(home, settings))
    status, found = front.routes()["POST", "/sam"]({"serial": "0000000009", "device": "D1"})
    assert status == 200
    assert found["answer"] != "0000"


def test_wrong_credentials_and_those_of_another(issuer: Registry, tmp_path: Path):
    published(issuer)
    home, settings = made_home(tmp_path)
    (home / homes.PASSWORD_FILE).write_text("something else")
    with pytest.raises(UpstreamError, match="signing in was refused"):
        syncing.from_issuer(home, settings)
    (home / homes.PASSWORD_FILE).write_text(PASSWORD)
    with pytest.raises(UpstreamError, match="somebody else than fs-a"):
        syncing.from_issuer(home, replace(settings, name="fs-b"))
    assert not (home / LIST_FILE).exists()


def test_a_list_carried_by_hand(home: Path, tmp_path: Path):
    first, second = signed(1), signed(2, BLACK)
    for number, (given, how) in enumerate(((text(first), "whole"), (delta(first, second), "delta")), start=1):
        file = tmp_path / f"carried-{number}.json"
        file.write_text(given, "utf-8")
        assert syncing.from_file(home, setting(), file) == syncing.Synced(number - 1, number, how)
    (tmp_path / "bytes").write_bytes(b"\xff")
    for wrong, reason in (("none", "No such file"), ("bytes", "the file is not in UTF-8")):
        with pytest.raises(ListRefusedError, match=reason):
            syncing.from_file(home, setting(), tmp_path / wrong)


# --- the command line -------------------------------------------------------------------------------------


def rhc(*arguments: object, **environment: str):
    return CliRunner().invoke(app, [str(part) for part in arguments], env=environment)


def test_commands_say_plain_lines(tmp_path: Path):
    where = tmp_path / "home"
    init = (
        "init",
        "--home",
        where,
        "--name",
        "fs-a",
        "--issuer",
        "http://127.0.0.1:1",
        "--key",
        KEYS.public.hex(),
    )
    done = rhc(*init, RHC_FRONT_SERVER_PASSWORD=PASSWORD)
    assert (done.exit_code, done.output.strip()) == (0, f"{where} was made")
    again = rhc(*init, RHC_FRONT_SERVER_PASSWORD=PASSWORD)
    assert (again.exit_code, "it exists already" in again.output) == (1, True)
    empty = rhc("status", "--home", where)
    assert (empty.exit_code, empty.output.strip()) == (1, "there is no list yet")
    unreachable = rhc("sync", "--home", where)
    assert unreachable.exit_code == 1
    assert unreachable.output.startswith("the issuer at http://127.0.0.1:1: ")
    file = tmp_path / "list.json"
    file.write_text(text(signed(3, BLACK, date=datetime.now(UTC) - timedelta(hours=60))), "utf-8")
    taken = rhc("sync", "--home", where, "--file", file)
    assert (taken.exit_code, taken.output.strip()) == (0, "version 3 was taken")
    old = rhc("sync", "--home", where)
    assert old.exit_code == 1
    assert "list 3 is 2 days old" in old.output
    shown = rhc("status", "--home", where, "--json")
    assert shown.exit_code == 1
    assert json.loads(shown.output)["list"]["version"] == 3
    assert rhc("status", "--home", tmp_path / "nowhere").exit_code == 1


# --- real processes ---------------------------------------------------------------------------------------


def ask(port: int, number: str, serial: str) -> dict[str, object]:
    body = json.dumps({"card_number": number, "chip_serial": serial}).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/card", body, timeout=10) as answer:
        return json.load(answer)  # type: ignore[no-any-return]


def get(port: int, path: str) -> dict[str, object]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return json.load(answer)  # type: ignore[no-any-return]


FRONT = "from issuer.cli.front_server import app; app()"
SERVE = (
    "import uvicorn; from pathlib import Path; from issuer.api.app import create_app;"
    "from issuer.cli.desk import office_of\n"
    "with office_of(Path('{home}')) as office:\n"
    "    uvicorn.run(create_app(office), host='127.0.0.1', port={port}, log_level='warning')"
)


@contextmanager
def process(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    started = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield started
    finally:
        started.terminate()
        started.communicate(timeout=20)


def once(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", FRONT, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def port_of(started: subprocess.Popen[str]) -> int:
    """The port in the first line that names one."""
    assert started.stdout is not None
    for line in started.stdout:
        found = re.search(r"http://127\.0\.0\.1:(\d+) answers", line)
        if found:
            return int(found[1])
    raise AssertionError("it ended without a word of its port")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, started: subprocess.Popen[str]) -> None:
    """Until something listens there; each try waits for the connection itself."""
    for _turn in range(600):
        assert started.poll() is None, "the server has ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            threading.Event().wait(0.05)
        else:
            return
    raise AssertionError("nothing listens")


class Client:
    """A clerk's program that speaks HTTP with the issuer."""

    def __init__(self, port: int, name: str) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.token = ""
        self.token = str(self.call("POST", "/session", {"name": name, "password": PASSWORD})["token"])

    def call(self, method: str, path: str, body: object = None) -> dict[str, object]:
        request = urllib.request.Request(  # noqa: S310
            self.base + path, None if body is None else json.dumps(body).encode(), method=method
        )
        request.add_header("Content-Type", "application/json")
        request.add_header("Authorization", f"Bearer {self.token}")
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return json.load(answer)  # type: ignore[no-any-return]


def real_office(home: Path) -> Registry:
    make_home(home, OfficeSettings("测试发卡机构", "41000000001", "410000"))

    def no_keys(*_any: object) -> None:
        raise AssertionError("the published keys need no file")

    office = open_office(home, no_keys)  # type: ignore[arg-type]
    setting_up.create(office.registry)
    terminals = [actor(Role.TERMINAL, name=name) for name in SERVERS]
    settle(office.registry, CLERK, CENTRE, *terminals)
    with office.registry.transaction(actor(Role.ADMINISTRATOR)) as work:
        for name in SERVERS:
            delivery.add_server(work, name, "示范医院", name)
    return office.registry


@pytest.mark.timeout(240)
def test_a_card_lost_in_a_is_refused_in_b_after_the_next_synchronisation(tmp_path: Path):
    """Two front servers, an issuer and a terminal: four programs and a lost card."""
    registry = real_office(tmp_path / "office")
    held = in_use(registry)
    other = in_use(registry, "02", serial=2)
    published(registry)
    issuer_port = free_port()
    key = PublishedTestCustodian().public_key(LIST_KEY).hex()
    with ExitStack() as running:
        office = process(SERVE.format(home=tmp_path / "office", port=issuer_port))
        issuer_process = running.enter_context(office)
        wait_for(issuer_port, issuer_process)
        ports = {}
        for name in SERVERS:
            settings = FrontServerSettings(name, f"http://127.0.0.1:{issuer_port}", name, key, "48", "100000")
            homes.make(tmp_path / name, settings, PASSWORD)
            done = once("sync", "--home", tmp_path / name)
            assert (done.returncode, done.stdout.strip()) == (0, "version 1 was taken"), done.stderr
            started = running.enter_context(process(FRONT, "run", "--home", tmp_path / name, "--port", 0))
            ports[name] = port_of(started)
        assert not ask(ports["fs-b"], NUMBER, CHIP)["listed"]

        clerk, centre = Client(issuer_port, "clerk"), Client(issuer_port, "centre")
        shown = {"presence": "holder", "holder": {"type": "01", "number": NUMBER}}
        slip = clerk.call("POST", f"/cards/{held.id}/loss", shown)
        assert str(slip["number"]).startswith("GS-")
        assert centre.call("POST", "/lists")["version"] == 2
        once("sync", "--home", tmp_path / "fs-a")
        assert ask(ports["fs-a"], NUMBER, CHIP)["answer"] == "24"
        # B has not heard of it: its terminals still take the card
        assert not ask(ports["fs-b"], NUMBER, CHIP)["listed"]
        steps.register(counter(tmp_path, "fs-b", key).terminal())

        done = once("sync", "--home", tmp_path / "fs-b", "--json")
        assert json.loads(done.stdout) == {"before": 1, "version": 2, "how": "delta"}
        found = ask(ports["fs-b"], NUMBER, CHIP)
        assert (found["mark"], found["reason"], found["answer"]) == ("black", "1", "24")
        with pytest.raises(CardRefusedError) as told:
            steps.register(counter(tmp_path, "fs-b", key).terminal())
        assert told.value.check.answer is Answer.LOST
        assert not ask(ports["fs-b"], other.issued.card_number, "0000000002")["listed"]

        # the network goes: the list stays, and says how old it is
        issuer_process.terminate()
        issuer_process.wait(20)
        assert ask(ports["fs-b"], NUMBER, CHIP)["answer"] == "24"
        failed = once("sync", "--home", tmp_path / "fs-b")
        assert failed.returncode == 1
        assert failed.stderr.startswith(f"the issuer at http://127.0.0.1:{issuer_port}: ")
        assert failed.stdout.startswith("list 2 of ")
        assert "Traceback" not in failed.stderr
    registry.close()


def counter(tmp_path: Path, name: str, key: str) -> Counter:
    """A terminal of a hospital with the list of its front server."""
    folder = tmp_path / f"terminal-{name}"
    folder.mkdir(exist_ok=True)
    card_list = read_list(tmp_path / name / LIST_FILE, bytes.fromhex(key))
    return Counter(folder).set(card_list=card_list)
