"""What stands before the training page: seats apart, foreign requests, rates, sizes, headers, addresses."""

import os
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi.testclient import TestClient
from training_bench import Trainee, quick_class
from typer.testing import CliRunner

from card_os.spec.errors import PlainError
from issuer.access import passwords
from lab.sources import Kind
from lab.training import cli
from lab.training.classroom import (
    ClassFullError,
    ClassInUseError,
    NameRefusedError,
    PasswordFileError,
    trainer_password,
)
from lab.training.server import (
    Address,
    AddressError,
    CertificateError,
    NotOnLoopbackError,
    TrainingServer,
)
from lab.training.web.app import ROUTERS, create_app
from lab.training.web.guard import MOST_BYTES, SAFE, SEAT_RATE, Buckets, Rate

PASSWORD = "correct horse battery"  # noqa: S105  of this test alone

EVERYWHERE = "0.0.0.0"  # noqa: S104  never bound here


@pytest.fixture
def classroom(tmp_path):
    return quick_class(tmp_path)


@pytest.fixture
def trainee(classroom):
    return Trainee(classroom)


@pytest.fixture(scope="module")
def certified(tmp_path_factory) -> tuple[Path, Path]:
    """A certificate for localhost that signed itself, and its key, as files."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def routes_that_change():
    return [route.path for router in ROUTERS for route in router.routes if route.methods - SAFE]


def test_nothing_is_changed_without_the_token_of_a_page(trainee):
    paths = routes_that_change()
    assert len(paths) > 5
    for path in paths:
        for headers in ({}, {"X-CSRF-Token": "0" * 64}, {"X-CSRF-Token": "é".encode()}):
            answer = trainee.client.post(
                path.replace("{name}", "reading"), data={"name": "x"}, headers=headers
            )
            assert answer.status_code == 403, path
    assert trainee.seat.facts.last == 1  # the SAM of the beginning


def test_the_token_of_one_browser_is_of_no_use_to_another(classroom):
    one = Trainee(classroom, "甲")
    other = Trainee(classroom, "乙", app=one.app)
    assert other.insert("resident-01").status_code == 200
    other.csrf = one.csrf
    assert other.post("/desk/insert", card="resident-01").status_code == 403


def test_a_request_from_another_site_is_refused(trainee):
    headers = {"X-CSRF-Token": trainee.csrf, "Sec-Fetch-Site": "cross-site"}
    assert trainee.client.post("/desk/insert", data={"card": "blank"}, headers=headers).status_code == 403


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1.elsewhere.example", ""])
def test_a_name_that_the_server_does_not_have_is_refused(trainee, host):
    assert trainee.client.get("/", headers={"Host": host}).status_code == 400


def test_seats_do_not_see_each_other(classroom):
    one, other = Trainee(classroom, "甲"), Trainee(classroom, "乙")
    one.insert("resident-01")
    one.work("registration")
    assert other.seat.card_in(Kind.USER) is None
    assert "甲" not in other.client.get("/").text
    assert "READ RECORD" not in other.client.get("/inside").text
    assert one.seat.source("resident-01").card is not other.seat.source("resident-01").card
    assert [row.card_number for row in other.seat.log.read().rows] == []
    assert one.seat.folder != other.seat.folder


@pytest.mark.parametrize(
    "path", ["/desk", "/inside", "/inside/files", "/events", "/windows/doctor", "/faces/blank.png"]
)
def test_without_a_seat_there_is_nothing_but_the_start(classroom, path):
    client = TestClient(create_app(classroom), base_url="http://127.0.0.1", follow_redirects=False)
    for token in ("", "x" * 43):
        client.cookies.set("rhc_seat", token)
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_tokens_are_stored_as_digests_in_files_of_their_owner(classroom, trainee):
    token = trainee.client.cookies["rhc_seat"]
    assert len(token) >= 43
    trainee.insert("resident-01")
    classroom.close()
    files = [file for file in classroom.folder.rglob("*") if file.is_file()]
    assert len(files) > 3
    for file in files:
        assert token not in file.read_text("utf-8"), file
        assert file.stat().st_mode & 0o077 == 0, file
    for folder in (classroom.folder, trainee.seat.folder):
        assert folder.stat().st_mode & 0o077 == 0


def test_every_answer_bears_the_headers(trainee):
    for path in ("/", "/desk", "/nothing", "/static/desk.js"):
        headers = trainee.client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"


def test_cookies_are_out_of_reach_of_scripts(classroom):
    for base, secure in (("http://127.0.0.1", False), ("https://127.0.0.1", True)):
        client = TestClient(create_app(classroom), base_url=base, follow_redirects=False)
        page = client.get("/start")
        answer = client.post("/seat", data={"name": "学员", "csrf": Trainee.token(page.text)})
        for cookie in (page.headers["set-cookie"], answer.headers["set-cookie"]):
            assert "httponly" in cookie.lower()
            assert "samesite=strict" in cookie.lower()
            assert ("secure" in cookie.lower()) is secure


def test_a_body_is_limited(trainee):
    answer = trainee.post("/windows/cashier", outpatient_org_name="x" * (MOST_BYTES + 1))
    assert answer.status_code == 413


def test_a_seat_that_asks_too_often_waits_and_others_do_not(classroom):
    one = Trainee(classroom, "甲")
    other = Trainee(classroom, "乙", app=one.app)
    seen = {one.client.get("/desk?have=1").status_code for _time in range(int(SEAT_RATE.burst) * 2)}
    assert 429 in seen
    assert other.client.get("/desk?have=1").status_code == 204


def test_a_bucket_fills_again_with_time(monkeypatch):
    now = 100.0
    monkeypatch.setattr("lab.training.web.guard.time.monotonic", lambda: now)
    bucket = Buckets(Rate(2, 0.5))
    assert [bucket.take("a") for _time in range(3)] == [True, True, False]
    assert bucket.take("b")
    now += 2.0
    assert [bucket.take("a") for _time in range(2)] == [True, False]


@pytest.mark.parametrize("name", ["", "   ", "x" * 21, "<b>", "a\nb"])
def test_names_are_checked(classroom, name):
    with pytest.raises(NameRefusedError):
        classroom.take(name)


def test_what_is_typed_is_never_markup(classroom):
    trainee = Trainee(classroom, "a\"&'b")
    assert 'a"&' not in trainee.client.get("/").text
    shown = trainee.work("cashier", outpatient_number='"><script>')
    assert "<script>" not in shown.text.replace('<script src="', "")


def test_a_class_has_so_many_seats_and_one_server(tmp_path):
    classroom = quick_class(tmp_path, seats=1)
    token, _seat = classroom.take("甲")
    with pytest.raises(ClassFullError):
        classroom.take("乙")
    with pytest.raises(ClassInUseError):
        quick_class(tmp_path)
    classroom.leave(token)
    assert classroom.seat(token) is None
    other, seat = classroom.take("乙")
    assert seat.who.number == "002"
    classroom.dismiss("001")
    assert classroom.seat(other) is seat
    classroom.dismiss("002")
    assert classroom.seat(other) is None


def test_a_seat_and_its_cards_survive_a_restart(tmp_path):
    first = quick_class(tmp_path)
    token, seat = first.take("甲")
    seat.insert("resident-06")
    with seat.examine("resident-06") as session:
        session.update({"holder_phone_1": "19900001234"})
    first.close()
    again = quick_class(tmp_path).seat(token)
    assert again is not None
    assert again.who == seat.who
    with again.examine("resident-06") as session:
        assert session.read(["holder_phone_1"]) == {"holder_phone_1": "19900001234"}
    assert [fact.kind for fact in again.facts.since()][:2] == ["inserted", "inserted"]
    again.renew("resident-06")
    with again.examine("resident-06") as session:
        assert session.read(["holder_phone_1"]) != {"holder_phone_1": "19900001234"}


def test_idle_seats_sleep_and_wake_with_their_cards(classroom):
    token, seat = classroom.take("甲")
    with seat.examine("resident-06") as session:
        session.update({"holder_phone_1": "19900001234"})
    assert classroom.put_idle_to_sleep(after=3600) == 0
    with seat.working_at("cashier"):
        assert classroom.put_idle_to_sleep(after=0) == 0
    assert classroom.put_idle_to_sleep(after=0) == 1
    with classroom.seat(token).examine("resident-06") as session:
        assert session.read(["holder_phone_1"]) == {"holder_phone_1": "19900001234"}


@pytest.mark.parametrize("host", [EVERYWHERE, "192.0.2.7", "::", "card.example"])
def test_other_machines_need_tls_and_a_password(tmp_path, certified, host):
    plain = quick_class(tmp_path)
    with pytest.raises(NotOnLoopbackError):
        TrainingServer(plain, Address(host, 0, *certified))
    plain.close()
    guarded = quick_class(tmp_path, trainer=passwords.stored(PASSWORD))
    with pytest.raises(NotOnLoopbackError):
        TrainingServer(guarded, Address(host, 0))
    Address(host, 0, *certified).check(guarded)


def test_the_page_is_served_over_tls(tmp_path, certified):
    certificate, key = certified
    with TrainingServer(quick_class(tmp_path), Address("localhost", 0, certificate, key)).running() as url:
        assert url.startswith("https://localhost:")
        with httpx2.Client(verify=ssl.create_default_context(cafile=str(certificate))) as client:
            answer = client.get(url)
    assert answer.status_code == 200
    assert "secure" in answer.headers["set-cookie"].lower()
    assert "strict-transport-security" in answer.headers


def test_a_certificate_that_serves_nothing_is_refused(tmp_path, certified):
    classroom, (certificate, key) = quick_class(tmp_path), certified
    other = tmp_path / "other.pem"
    for pair in ((certificate, None), (None, key), (certificate, other), (key, certificate)):
        with pytest.raises(CertificateError):
            Address("localhost", 0, *pair).check(classroom)


def test_the_command_says_so_in_a_line(tmp_path):
    done = CliRunner().invoke(cli.app, ["--host", EVERYWHERE, "--data", str(tmp_path / "class")])
    assert done.exit_code == 1
    assert done.output.startswith(f"{EVERYWHERE} is reached from other machines")
    assert done.output.count("\n") == 1


def test_a_port_that_is_taken_is_said_or_another_one_is_found():
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(AddressError):
            Address(port=port).listen()
        with Address(port=port, free_port=True).listen() as other:
            assert other.getsockname()[1] != port


def test_the_trainers_password_is_in_a_file_of_its_owner(tmp_path):
    file = tmp_path / "password"
    with pytest.raises(PasswordFileError):
        trainer_password(file)
    file.write_text(PASSWORD + "\n", "utf-8")
    file.chmod(0o644)
    with pytest.raises(PasswordFileError):
        trainer_password(file)
    file.chmod(0o600)
    classroom = quick_class(tmp_path, trainer=trainer_password(file))
    assert classroom.is_trainer(PASSWORD)
    assert not classroom.is_trainer(PASSWORD + " ")
    assert PASSWORD not in classroom._trainer
    file.write_text("short\n", "utf-8")
    with pytest.raises(PlainError):
        trainer_password(file)


def test_without_a_password_nobody_is_the_trainer(classroom):
    assert not classroom.is_trainer("")
    assert not classroom.has_trainer


def test_where_classes_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("RHC_TRAINING", raising=False)
    assert cli.home() == tmp_path / "residents-health-card" / "training"
    assert os.fspath(cli.home({"RHC_TRAINING": "/there"})) == "/there"
