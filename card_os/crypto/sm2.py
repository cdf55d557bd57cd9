"""SM2 signatures: keys of 32 and 64 bytes (x ‖ y), signatures of 64 (r ‖ s), all numbers big-endian.

Whatever holds a secret nonce or makes a key goes to the C library gmssl-pyx, which is optional. Verification
handles public values only and is done here: it needs no library, and the library would write to the
terminal for every signature that is wrong.  # spec: commands_and_crypto 2.6, 7.3
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from card_os.crypto import sm2_curve as curve
from card_os.crypto.sm3 import DIGEST_LENGTH, sm3

NUMBER = 32
PRIVATE_KEY_LENGTH = NUMBER
PUBLIC_KEY_LENGTH = 2 * NUMBER
SIGNATURE_LENGTH = 2 * NUMBER
DEFAULT_ID = b"1234567812345678"
MAX_ID = 0x1FFF  # its length in bits has two bytes


class Sm2UnavailableError(Exception):
    """SM2 keys or signatures are wanted, but the optional library for them is not installed."""

    template: ClassVar[str] = "SM2 needs the Python package gmssl-pyx: install residents-health-card[sm2]"

    def __init__(self) -> None:
        super().__init__(self.template)


class Sm2KeyError(ValueError):
    """Bytes that are no SM2 key; the text never shows them."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key of 32 bytes and its public key of 64."""

    private: bytes = field(repr=False)
    public: bytes


def available() -> bool:
    """Whether keys and signatures can be made here; verifying always works."""
    try:
        _library()
    except Sm2UnavailableError:
        return False
    return True


def generate_key_pair() -> KeyPair:
    """A new random key pair; raises Sm2UnavailableError."""
    public, private = _library().sm2_key_generate()
    return KeyPair(private, public)


def is_private_key(raw: bytes) -> bool:
    """Whether 32 bytes are a number from 1 to n - 2.  # spec: GM/T 0003.1 6.1"""
    return len(raw) == PRIVATE_KEY_LENGTH and 1 <= _number(raw) <= curve.N - 2


def is_public_key(raw: bytes) -> bool:
    """Whether 64 bytes are a point of the curve; its group has prime order, so each point will do."""
    return len(raw) == PUBLIC_KEY_LENGTH and curve.on_curve(_point(raw))


def public_key(private: bytes) -> bytes:
    """The 64-byte public key of a private key; raises Sm2KeyError.

    Not constant time: for test keys that everybody knows. A key pair in earnest comes from
    `generate_key_pair`.
    """
    if not is_private_key(private):
        raise Sm2KeyError("an SM2 private key is a number from 1 to n - 2 in 32 bytes")
    point = curve.multiply_base(_number(private))
    if point is None:
        raise Sm2KeyError("a private key gives no neutral element")
    return b"".join(number.to_bytes(NUMBER, "big") for number in point)


def sign_digest(private: bytes, digest: bytes) -> bytes:
    """r ‖ s of a 32-byte digest; raises Sm2UnavailableError and Sm2KeyError."""
    # checked here as well, for the library writes to the terminal where it refuses
    if not is_private_key(private):
        raise Sm2KeyError("an SM2 private key is a number from 1 to n - 2 in 32 bytes")
    if len(digest) != DIGEST_LENGTH:
        raise ValueError(f"a digest has {DIGEST_LENGTH} bytes")
    r, s = decode_dss_signature(_library().sm2_sign_sm3_digest(private, digest))
    return r.to_bytes(NUMBER, "big") + s.to_bytes(NUMBER, "big")


def verify_digest(public: bytes, digest: bytes, signature: bytes) -> bool:
    """Whether r ‖ s signs a 32-byte digest under a public key; False for anything malformed.

    # spec: GM/T 0003.2 7
    """
    if len(signature) != SIGNATURE_LENGTH or len(digest) != DIGEST_LENGTH or not is_public_key(public):
        return False
    r, s = _point(signature)
    if not (0 < r < curve.N and 0 < s < curve.N):
        return False
    t = (r + s) % curve.N
    point = curve.combine(s, t, _point(public)) if t else None
    return point is not None and (_number(digest) + point[0]) % curve.N == r


def z_value(public: bytes, user_id: bytes = DEFAULT_ID) -> bytes:
    """Z = SM3(bits of the id, 2 bytes ‖ id ‖ a ‖ b ‖ xG ‖ yG ‖ xA ‖ yA), 32 bytes.

    Raises Sm2KeyError where `public` is no public key, ValueError for an id of more than 8191 bytes.
    # spec: GM/T 0003.2 5.5
    """
    if not is_public_key(public):
        raise Sm2KeyError("an SM2 public key is a point of the curve in 64 bytes")
    if len(user_id) > MAX_ID:
        raise ValueError(f"an id has at most {MAX_ID} bytes")
    numbers = b"".join(number.to_bytes(NUMBER, "big") for number in (curve.A, curve.B, *curve.G))
    return sm3((8 * len(user_id)).to_bytes(2, "big") + user_id + numbers + public)


def message_digest(public: bytes, message: bytes, user_id: bytes = DEFAULT_ID) -> bytes:
    """e = SM3(Z ‖ message), what a signature with Z signs."""
    return sm3(z_value(public, user_id) + message)


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


def _point(raw: bytes) -> tuple[int, int]:
    return _number(raw[:NUMBER]), _number(raw[NUMBER:])


@cache
def _library() -> ModuleType:
    try:
        return import_module("gmssl_pyx")
    except ImportError:
        raise Sm2UnavailableError from None
