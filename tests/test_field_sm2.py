"""The second opinion on SM2 meets the signature example of GM/T 0003.5."""

from __future__ import annotations

import json
from pathlib import Path

import field_sm2 as sm2
import pytest

KNOWN = json.loads((Path(__file__).parent / "vectors" / "g128.json").read_text("utf-8"))["sm2_known_answer"]
PRIVATE = int(KNOWN["private_key"], 16)
DIGEST_OF = KNOWN["message_ascii"].encode("ascii")


def public_key() -> tuple[int, int]:
    point = sm2.multiply(PRIVATE, sm2.G)
    assert point is not None
    return point


def test_curve() -> None:
    assert sm2.on_curve(sm2.G)
    assert sm2.multiply(sm2.N, sm2.G) is None
    assert sm2.multiply(sm2.N + 1, sm2.G) == sm2.G


def test_signature_example() -> None:
    digest = sm2.message_digest(public_key(), DIGEST_OF)
    r, s = sm2.sign_digest(PRIVATE, digest, int(KNOWN["nonce"], 16))
    assert f"{r:064X}".startswith(KNOWN["r_first_4_bytes"])
    assert f"{s:064X}".startswith(KNOWN["s_first_4_bytes"])
    assert sm2.verify_digest(public_key(), digest, r, s)


@pytest.mark.parametrize(("change_r", "change_s"), [(1, 0), (0, 1), (sm2.N, 0)])
def test_changed_signature_fails(change_r: int, change_s: int) -> None:
    digest = sm2.message_digest(public_key(), DIGEST_OF)
    r, s = sm2.sign_digest(PRIVATE, digest, int(KNOWN["nonce"], 16))
    assert not sm2.verify_digest(public_key(), digest, r + change_r, s + change_s)


def test_the_identity_of_the_signer_is_signed_too() -> None:
    assert sm2.message_digest(public_key(), b"", b"1") != sm2.message_digest(public_key(), b"", b"2")
