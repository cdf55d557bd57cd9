"""A second opinion on profile G128 (SM4 in place of SM1), straight from the formulas.

It knows nothing of the project, so that one mistake cannot feed both sides of a test.
Source: commands_and_crypto 3.3. Keys, blocks and session keys are 16 bytes; factors and challenges 8 bytes.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

BLOCK = 16


def encrypt(key: bytes, blocks: bytes) -> bytes:
    """E_K over whole blocks, each for itself (ECB)."""
    encryptor = Cipher(SM4(key), modes.ECB()).encryptor()  # noqa: S305 the formulas say ECB
    return encryptor.update(blocks) + encryptor.finalize()


def decrypt(key: bytes, blocks: bytes) -> bytes:
    """The inverse of `encrypt`, which no SAM offers to a terminal."""
    decryptor = Cipher(SM4(key), modes.ECB()).decryptor()  # noqa: S305 the formulas say ECB
    return decryptor.update(blocks) + decryptor.finalize()


def diversify(key: bytes, factor: bytes) -> bytes:
    """D(K, X8) = E_K(X8 | NOT X8)."""
    if len(factor) != 8:
        raise ValueError("a factor is 8 bytes")
    return encrypt(key, factor + bytes(byte ^ 0xFF for byte in factor))


def city_factor(city_code_first_byte: int) -> bytes:
    """Two hex digits as ASCII, then six ASCII zeros: 21 gives `21000000` (spec: commands_and_crypto 3.1)."""
    return f"{city_code_first_byte:02X}000000".encode("ascii")


def card_key(root: bytes, card_factor: bytes, city: bytes | None) -> bytes:
    """Two steps with a city factor (city first, then card), one step without."""
    return diversify(root if city is None else diversify(root, city), card_factor)


def session_key(key: bytes, challenge: bytes) -> bytes:
    """SK = D(CK, challenge8)."""
    return diversify(key, challenge)


def fold(block: bytes) -> bytes:
    """Left half XOR right half, 8 bytes."""
    return bytes(a ^ b for a, b in zip(block[:8], block[8:], strict=True))


def authentication_value(session: bytes, terminal_data: bytes) -> bytes:
    """Fold(E_SK(R8 | 0^8)), 8 bytes."""
    return fold(encrypt(session, terminal_data + bytes(8)))


def external_authenticate(session: bytes, reference: int, terminal_data: bytes, group: int = 1) -> bytes:
    """The whole command 0082 with its 17 data bytes."""
    header = bytes([0x00, 0x82, 0x00, reference, 0x11])
    return header + authentication_value(session, terminal_data) + terminal_data + bytes([group])


def pad_always(data: bytes) -> bytes:
    """80 00.. to a multiple of 16, a whole block when the data is one already."""
    return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)


def pad_if_needed(data: bytes) -> bytes:
    """80 00.. to a multiple of 16, nothing when the data is one already (the rule for enciphered records)."""
    return pad_always(data) if len(data) % BLOCK else data


def encipher_record(session: bytes, record: bytes) -> bytes:
    """ECB_SK(L1 | record | 80 00..)."""
    return encrypt(session, pad_if_needed(bytes([len(record)]) + record))


def mac_input(message: bytes) -> bytes:
    """What a terminal sends with 80FA P1=05: 16 zero bytes of IV, then the padded message."""
    return bytes(BLOCK) + pad_always(message)


def mac(session: bytes, message: bytes) -> bytes:
    """CBC-MAC with IV 0^16 over the padded message; the left 4 bytes of the last block."""
    padded = pad_always(message)
    chained = bytes(BLOCK)
    for start in range(0, len(padded), BLOCK):
        mixed = bytes(a ^ b for a, b in zip(chained, padded[start : start + BLOCK], strict=True))
        chained = encrypt(session, mixed)
    return chained[:4]


def secure_update(session: bytes, p1: int, p2: int, record: bytes) -> bytes:
    """The whole command 04DC: cipher, then MAC4 over the header with its final Lc and the cipher."""
    cipher = encipher_record(session, record)
    header = bytes([0x04, 0xDC, p1, p2, len(cipher) + 4])
    return header + cipher + mac(session, header + cipher)


def index_command(session: bytes, instruction: int, record: int) -> bytes:
    """The whole command 84D2 or 840C in its form with MAC4."""
    header = bytes([0x84, instruction, record, 0x04, 0x04])
    return header + mac(session, header)
