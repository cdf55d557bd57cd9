"""SM2 signatures and envelopes: keys of 32 and 64 bytes (x ‖ y), signatures of 64 (r ‖ s), big-endian.

An envelope holds a short secret for the owner of a key pair: 04 ‖ x ‖ y ‖ C3 32 ‖ C2, in the order C1C3C2.

Whatever holds a secret nonce or makes a key goes to the C library gmssl-pyx, which is optional. Verification
handles public values only and is done here: it needs no library, and the library would write to the
terminal for every signature that is wrong.  # spec: commands_and_crypto 2.6, 7.3
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from card_os.crypto import sm2_curve as curve
from card_os.crypto.sm3 import DIGEST_LENGTH, sm3

NUMBER = 32
PRIVATE_KEY_LENGTH = NUMBER
PUBLIC_KEY_LENGTH = 2 * NUMBER
SIGNATURE_LENGTH = 2 * NUMBER
DEFAULT_ID = b"1234567812345678"
MAX_ID = 0x1FFF  # its length in bits has two bytes
MAX_ENVELOPED = 255  # the library takes no more
_POINT = b"\x04"  # a point that is not compressed
_ENVELOPE_OVERHEAD = len(_POINT) + 2 * NUMBER + DIGEST_LENGTH
_SEQUENCE, _OCTETS = 0x30, 0x04


class Sm2UnavailableError(Exception):
    """SM2 keys or signatures are wanted, but the optional library for them is not installed."""

    template: ClassVar[str] = "SM2 needs the Python package gmssl-pyx: install residents-health-card[sm2]"

    def __init__(self) -> None:
        super().__init__(self.template)


class Sm2KeyError(ValueError):
    """Bytes that are no SM2 key; the text never shows them."""


class Sm2EnvelopeError(ValueError):
    """An envelope that a key does not open: malformed, altered, or for another receiver."""


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

    Not constant time, but blinded: what is multiplied is drawn anew each time, so that time tells nothing of
    the key.
    """
    if not is_private_key(private):
        raise Sm2KeyError("an SM2 private key is a number from 1 to n - 2 in 32 bytes")
    blind = secrets.randbelow(curve.N)
    point = curve.combine((_number(private) - blind) % curve.N, blind, curve.G)
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


def encrypt(public: bytes, secret: bytes) -> bytes:
    """An envelope for 1 to 255 bytes, 97 bytes longer; raises Sm2UnavailableError and Sm2KeyError.

    # spec: GM/T 0003.4 6
    """
    if not is_public_key(public):
        raise Sm2KeyError("an SM2 public key is a point of the curve in 64 bytes")
    if not 1 <= len(secret) <= MAX_ENVELOPED:
        raise ValueError(f"an envelope holds 1 to {MAX_ENVELOPED} bytes")
    der: bytes = _library().sm2_encrypt(public, secret)
    # the two numbers vary in length, what follows them does not: 2 ‖ C3, then 2 or 3 ‖ C2
    tail = len(secret) + (2 if len(secret) < 0x80 else 3)
    numbers = der[_header_length(der) : -tail - 2 - DIGEST_LENGTH]
    x, y = decode_dss_signature(_der(_SEQUENCE, numbers))
    point = x.to_bytes(NUMBER, "big") + y.to_bytes(NUMBER, "big")
    return _POINT + point + der[-tail - DIGEST_LENGTH : -tail] + der[-len(secret) :]


def decrypt(private: bytes, envelope: bytes) -> bytes:
    """What an envelope holds; raises Sm2UnavailableError, Sm2KeyError and Sm2EnvelopeError.

    # spec: GM/T 0003.4 7
    """
    if not is_private_key(private):
        raise Sm2KeyError("an SM2 private key is a number from 1 to n - 2 in 32 bytes")
    point = envelope[1 : 1 + 2 * NUMBER]
    enveloped = len(envelope) - _ENVELOPE_OVERHEAD
    if not 1 <= enveloped <= MAX_ENVELOPED or envelope[:1] != _POINT or not is_public_key(point):
        raise Sm2EnvelopeError("no envelope: 04, a point of the curve, 32 bytes and 1 to 255 bytes")
    x, y = _point(point)
    numbers = encode_dss_signature(x, y)
    digest, secret = envelope[1 + 2 * NUMBER : _ENVELOPE_OVERHEAD], envelope[_ENVELOPE_OVERHEAD:]
    der = _der(_SEQUENCE, numbers[_header_length(numbers) :] + _der(_OCTETS, digest) + _der(_OCTETS, secret))
    library = _library()
    try:
        opened: bytes = library.sm2_decrypt(private, der)
    except library.GmsslInnerError:
        raise Sm2EnvelopeError("the envelope was altered, or is for another receiver") from None
    return opened


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def _header_length(der: bytes) -> int:
    return 2 + (der[1] & 0x7F if der[1] & 0x80 else 0)


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
