"""The keys that are made of a master secret, each by its name, version and level; ours.

    K(i) = HMAC-SM3(master, "rhc-master/1" ‖ 00 ‖ level ‖ 00 ‖ name ‖ 00 ‖ version ‖ i)

with version and i (from 0) as one byte each and texts in ASCII. A key of 16 bytes is the beginning of K(0); a
private key is K(0) ‖ K(1) mod (n - 2) + 1. One master for all rows, instead of 58 roots of three components
each, so that people can hold the ceremony, and recover all of it from a few shares.
"""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.hazmat.primitives import hashes, hmac

from card_os.crypto import sm2, sm2_curve
from card_os.crypto.keys import KEY_LENGTH
from issuer.keys.certificates import ROOT_KEY
from issuer.keys.custodian import KeyRef
from issuer.keys.hierarchy import NATION, Level
from issuer.keys.key_set import OFFICE_KEYS, KeyKind, card_keys, kind_of

_LABEL = b"rhc-master/1"


def made_at(level: Level) -> tuple[KeyRef, ...]:
    """What a ceremony makes at a level; below the nation the keys of cards are delivered, not made."""
    return (*card_keys(), ROOT_KEY, *OFFICE_KEYS) if level == NATION else OFFICE_KEYS


def derived(master: bytes, level: Level, keys: Iterable[KeyRef]) -> dict[KeyRef, bytes]:
    """These keys of a master secret at a level."""
    return {key: _derived(master, level, key) for key in keys}


def _derived(master: bytes, level: Level, key: KeyRef) -> bytes:
    context = b"\0".join((_LABEL, level.code.encode("ascii"), key.name.encode("ascii"), b""))
    context += bytes((key.version,))
    first = _hmac(master, context + b"\0")
    if kind_of(key) is KeyKind.SM4:
        return first[:KEY_LENGTH]
    number = int.from_bytes(first + _hmac(master, context + b"\1"), "big")
    return (number % (sm2_curve.N - 2) + 1).to_bytes(sm2.PRIVATE_KEY_LENGTH, "big")


def _hmac(key: bytes, message: bytes) -> bytes:
    running = hmac.HMAC(key, hashes.SM3())
    running.update(message)
    return running.finalize()
