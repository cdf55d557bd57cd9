"""How a custodian seals what the registry stores, and how it makes digests to search by.

A sealed value is version 01 ‖ nonce 12 ‖ ciphertext ‖ tag 16, SM4 in GCM with the context as additional data.
The digest is HMAC-SM3. Our design; no text of the card speaks of databases.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from issuer.keys.custodian import SealBrokenError

VERSION = b"\x01"
NONCE_LENGTH, TAG_LENGTH = 12, 16
_OVERHEAD = len(VERSION) + NONCE_LENGTH + TAG_LENGTH


def seal(key: bytes, context: bytes, plain: bytes) -> bytes:
    """Encipher `plain` under a 16-byte key, bound to `context`; 29 bytes longer."""
    nonce = secrets.token_bytes(NONCE_LENGTH)
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(context)
    cryptogram = encryptor.update(plain) + encryptor.finalize()
    return VERSION + nonce + cryptogram + encryptor.tag


def unseal(key: bytes, context: bytes, sealed: bytes) -> bytes:
    """Undo `seal`; raises SealBrokenError."""
    if len(sealed) < _OVERHEAD or not sealed.startswith(VERSION):
        raise SealBrokenError
    nonce, cryptogram, tag = (
        sealed[1 : 1 + NONCE_LENGTH],
        sealed[1 + NONCE_LENGTH : -TAG_LENGTH],
        sealed[-TAG_LENGTH:],
    )
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(context)
    try:
        return decryptor.update(cryptogram) + decryptor.finalize()
    except InvalidTag:
        raise SealBrokenError from None


def keyed_digest(key: bytes, context: bytes, value: bytes) -> bytes:
    """HMAC-SM3 under a 16-byte key over length of context 4 ‖ context ‖ value: 32 bytes."""
    running = hmac.HMAC(key, hashes.SM3())
    running.update(len(context).to_bytes(4, "big") + context + value)
    return running.finalize()
