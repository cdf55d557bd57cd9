"""Which national roots a reader believes: files rhc-trust/1, deny by default, the test root in TEST only."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_os.crypto import sm2
from card_os.spec.certificate import published_test_trust
from language import describe
from reader_client.trust import TrustError, read_trust, trusted_roots

# points of the curve, made of small private keys that everybody can compute
KEYS = [sm2.public_key(number.to_bytes(32, "big")) for number in (2, 3, 5)]
((TEST_ROOT, TEST_KEY),) = published_test_trust().items()


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHC_LANG", "en")


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(("rhc-trust/1", *lines)) + "\n", "utf-8")
    path.chmod(0o644)
    return path


def root(number: str, key: bytes) -> str:
    return f"{number} {key.hex().upper()}"


def test_a_file(tmp_path: Path) -> None:
    file = written(
        tmp_path / "roots",
        "# 国家根",
        "",
        root("1000000000000001", KEYS[0]) + "  # from the ceremony",
        f"  2\t{KEYS[1].hex()}",
    )
    assert read_trust(file) == {"1000000000000001": KEYS[0], "2": KEYS[1]}


def test_a_directory_takes_its_files_of_this_kind(tmp_path: Path) -> None:
    written(tmp_path / "a.trust", root("1", KEYS[0]))
    written(tmp_path / "b.trust", root("1", KEYS[0]), root("2", KEYS[1]))
    (tmp_path / "notes.txt").write_text("no roots", "utf-8")
    assert read_trust(tmp_path) == {"1": KEYS[0], "2": KEYS[1]}


def test_two_keys_of_one_root_are_refused(tmp_path: Path) -> None:
    written(tmp_path / "a.trust", root("1", KEYS[0]))
    written(tmp_path / "b.trust", root("2", KEYS[1]), root("1", KEYS[1]))
    with pytest.raises(TrustError) as refused:
        read_trust(tmp_path)
    assert describe(refused.value) == f"{tmp_path}/b.trust:3: root 1 has two keys"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1", "an id and a public key are expected"),
        (f"{root('1', KEYS[0])} {KEYS[1].hex()}", "an id and a public key are expected"),
        (root("A1", KEYS[0]), "the id of a root has up to 16 digits"),
        (root("１", KEYS[0]), "the id of a root has up to 16 digits"),
        (root("12345678901234567", KEYS[0]), "the id of a root has up to 16 digits"),
        (root("1", KEYS[0])[:-2], "a public key is a point of the curve of SM2 in 128 hex digits"),
        (root("1", KEYS[0])[:-1] + "G", "a public key is a point of the curve of SM2 in 128 hex digits"),
        (
            root("1", KEYS[0][:32] + KEYS[1][32:]),
            "a public key is a point of the curve of SM2 in 128 hex digits",
        ),
    ],
)
def test_a_line_that_is_no_root_spoils_the_whole(tmp_path: Path, line: str, reason: str) -> None:
    file = written(tmp_path / "roots", root("2", KEYS[1]), line)
    with pytest.raises(TrustError) as refused:
        read_trust(file)
    assert describe(refused.value) == f"{file}:3: {reason}"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "its first line is not rhc-trust/1"),
        (b"rhc-trust/2\n", "its first line is not rhc-trust/1"),
        (b"rhc-trust/1\n# nothing\n", "there is no root in it"),
        (b"rhc-trust/1\n\xff\xfe\n", "the file is not in UTF-8"),
        (b"rhc-trust/1\n" + b"#" * (1 << 20), "it has more than 1048576 bytes"),
    ],
    ids=["empty", "version", "no root", "no text", "long"],
)
def test_a_file_that_is_none(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "roots"
    file.write_bytes(content)
    file.chmod(0o644)
    with pytest.raises(TrustError) as refused:
        read_trust(file)
    assert describe(refused.value) == f"{file}: {reason}"


def test_what_anybody_may_write_is_not_believed(tmp_path: Path) -> None:
    file = written(tmp_path / "roots", root("1", KEYS[0]))
    file.chmod(0o646)
    with pytest.raises(TrustError, match="anybody may write"):
        read_trust(file)


def test_no_file_and_an_empty_directory(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(TrustError) as refused:
            read_trust(path)
        assert describe(refused.value).startswith(f"{path}: ")


def test_nobody_is_believed_in_production_by_default() -> None:
    assert trusted_roots({}, test=False) == {}
    assert trusted_roots({"1": KEYS[0]}, test=False) == {"1": KEYS[0]}


def test_in_test_the_published_root_counts_besides_what_is_given() -> None:
    assert trusted_roots({}, test=True) == published_test_trust()
    assert trusted_roots({"1": KEYS[0]}, test=True) == {"1": KEYS[0], TEST_ROOT: TEST_KEY}


def test_the_published_root_is_refused_in_production_under_any_id() -> None:
    for number in (TEST_ROOT, "1000000000000001"):
        with pytest.raises(TrustError, match="no root outside TEST"):
            trusted_roots({number: TEST_KEY}, test=False)


def test_nobody_takes_the_place_of_the_published_root() -> None:
    with pytest.raises(TrustError, match="with another key"):
        trusted_roots({TEST_ROOT: KEYS[0]}, test=True)
    assert trusted_roots({TEST_ROOT: TEST_KEY}, test=True) == {TEST_ROOT: TEST_KEY}


@given(st.binary(max_size=300))
def test_any_bytes_are_roots_or_a_plain_error(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.trust"
    file.write_bytes(b"rhc-trust/1\n" + raw)
    file.chmod(0o644)
    with suppress(TrustError):
        found = read_trust(file)
        assert found
        assert all(sm2.is_public_key(key) for key in found.values())
