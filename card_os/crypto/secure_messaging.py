"""Authentication values and secure messaging of profile G128, for both ends of the line.

All functions take a 16-byte session key. The initial vector is zero: freshness comes from the session key,
which holds the card's challenge.  # spec: commands_and_crypto 3.3, 3.5
"""

from __future__ import annotations

import hmac

from card_os.crypto.block_cipher import BLOCK, SM4, BlockCipher128

MAC_LENGTH = 4
ZERO_IV = bytes(BLOCK)


class DecipheredDataError(ValueError):
    """Deciphered bytes that do not hold length, data and padding."""


def pad(data: bytes) -> bytes:
    """80 00… up to a whole number of blocks; always at least one byte."""
    return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)


def fold(block: bytes) -> bytes:
    """Left half xor right half of 16 bytes."""
    left, right = int.from_bytes(block[:8], "big"), int.from_bytes(block[8:], "big")
    return (left ^ right).to_bytes(8, "big")


def authentication_value(session: bytes, random: bytes, cipher: BlockCipher128 = SM4) -> bytes:
    """Fold(E_SK(R ‖ 0^8)), 8 bytes; seen in 171 of 171 recorded authentications."""
    return fold(cipher.encrypt_ecb(session, random + bytes(8)))


def length_prefixed(data: bytes) -> bytes:
    """L ‖ data ‖ 80 00…, the plain text of an enciphered record.

    Where L ‖ data is a whole number of blocks nothing is added (the PBOC rule): the lengths that terminals
    announce assume that, and no data item has such a length.  # spec: commands_and_crypto 3.3 "Padding trap"
    """
    body = bytes((len(data),)) + data
    return body if len(body) % BLOCK == 0 else pad(body)


def encipher(session: bytes, data: bytes, cipher: BlockCipher128 = SM4) -> bytes:
    """ECB over `length_prefixed(data)`; `data` has at most 255 bytes."""
    return cipher.encrypt_ecb(session, length_prefixed(data))


def decipher(session: bytes, cryptogram: bytes, cipher: BlockCipher128 = SM4) -> bytes:
    """Undo `encipher`, trusting L and accepting either tail; raises DecipheredDataError."""
    if not cryptogram or len(cryptogram) % BLOCK:
        raise DecipheredDataError(f"{len(cryptogram)} bytes are no whole number of blocks")
    plain = cipher.decrypt_ecb(session, cryptogram)
    length, tail = plain[0], plain[1 + plain[0] :]
    if length + 1 > len(plain) or len(tail) > BLOCK or (tail and tail != pad(b"")[: len(tail)]):
        raise DecipheredDataError("length byte and padding do not agree")
    return plain[1 : 1 + length]


def mac(session: bytes, message: bytes, cipher: BlockCipher128 = SM4) -> bytes:
    """Left 4 bytes of the CBC-MAC over the padded message."""
    return cipher.cbc_mac(session, ZERO_IV, pad(message))[:MAC_LENGTH]


def command_mac(session: bytes, header: bytes, body: bytes, cipher: BlockCipher128 = SM4) -> bytes:
    """MAC over CLA INS P1 P2, the final Lc (body and MAC) and the body as it is sent."""
    return mac(session, header + bytes((len(body) + MAC_LENGTH,)) + body, cipher)


def same(expected: bytes, given: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(expected, given)
