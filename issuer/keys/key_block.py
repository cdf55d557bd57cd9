"""Key blocks: a key on its way between two key files, bound to what it is. Ours, after TR-31, for SM4.

    S length(4) usage(2) S mode(1) version(2) N count(2) 00   16 characters, as the header of TR-31
    KN LV EN PB                                               optional blocks: id 2 ‖ length 2 hex ‖ text
    cryptogram, MAC                                           64 and 32 hex digits

KN is the name of the key, LV the level that it is for, EN the environment; PB fills up to whole blocks. The
payload is length in bits 2 ‖ key 16 ‖ random 14. As in version D of TR-31 the MAC is made over header and
plain payload, and is the initial vector of the encipherment, SM4-CBC. Both keys come from the protection key:

    CMAC-SM4(protection key, 01 ‖ usage 2 ‖ 00 ‖ "S4" ‖ 0080)   usage 0000 encipher, 0001 MAC, 0002 whole file

TR-31 itself has no code for SM4.  # stack.md "key blocks"
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives import cmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from card_os.crypto.block_cipher import BLOCK
from card_os.crypto.keys import KEY_LENGTH
from issuer.keys.custodian import KeyRef
from issuer.keys.key_set import TRANSPORT_KEY

ENCIPHER, AUTHENTICATE, WHOLE_FILE = 0, 1, 2
_USAGE = {True: "K0E", False: "B3X"}  # a key that wraps keys; a key from which others are derived
_PAYLOAD = 2 * BLOCK
_HEAD = re.compile(r"S(\d{4})(K0|B3)S([EX])(\d{2})N0400(.*)")
_FIELDS = ("KN", "LV", "EN", "PB")


class KeyBlockError(ValueError):
    """A block that was changed, or that another protection key made; the text shows nothing of it."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a block says of its key: which one, the code of the level that it is for, the environment."""

    key: KeyRef
    level: str
    environment: str


def wrap(protection: bytes, attributes: Attributes, secret: bytes, filler: bytes | None = None) -> str:
    """A block for a key of 16 bytes; `filler` are 14 bytes for vectors, drawn at random otherwise."""
    if len(secret) != KEY_LENGTH:
        raise ValueError(f"a key block holds {KEY_LENGTH} bytes")
    filler = secrets.token_bytes(_PAYLOAD - 2 - KEY_LENGTH) if filler is None else filler
    payload = (8 * KEY_LENGTH).to_bytes(2, "big") + secret + filler
    header = _header(attributes)
    mac = cmac_sm4(derived(protection, AUTHENTICATE), header.encode("ascii") + payload)
    encryptor = Cipher(algorithms.SM4(derived(protection, ENCIPHER)), modes.CBC(mac)).encryptor()
    return header + (encryptor.update(payload) + encryptor.finalize()).hex().upper() + mac.hex().upper()


def unwrap(protection: bytes, block: str) -> tuple[Attributes, bytes]:
    """What a block says, and its key; raises KeyBlockError."""
    header, attributes = _read_header(block)
    try:
        body = bytes.fromhex(block[len(header) :])
    except ValueError:
        body = b""
    if len(body) != _PAYLOAD + BLOCK:
        raise KeyBlockError("the length is wrong")
    cryptogram, mac = body[:_PAYLOAD], body[_PAYLOAD:]
    decryptor = Cipher(algorithms.SM4(derived(protection, ENCIPHER)), modes.CBC(mac)).decryptor()
    payload = decryptor.update(cryptogram) + decryptor.finalize()
    expected = cmac_sm4(derived(protection, AUTHENTICATE), header.encode("ascii") + payload)
    if not hmac.compare_digest(mac, expected) or payload[:2] != (8 * KEY_LENGTH).to_bytes(2, "big"):
        raise KeyBlockError("the MAC is wrong")
    return attributes, payload[2 : 2 + KEY_LENGTH]


def derived(protection: bytes, usage: int) -> bytes:
    """The 16-byte key for one use of a protection key."""
    return cmac_sm4(protection, b"\x01" + usage.to_bytes(2, "big") + b"\x00S4\x00\x80")


def cmac_sm4(key: bytes, message: bytes) -> bytes:
    """CMAC with SM4, 16 bytes."""
    running = cmac.CMAC(algorithms.SM4(key))
    running.update(message)
    return running.finalize()


def _header(attributes: Attributes) -> str:
    usage = _USAGE[attributes.key == TRANSPORT_KEY]
    texts = (attributes.key.name, attributes.level, attributes.environment)
    optional = "".join(_field(name, text) for name, text in zip(_FIELDS, texts, strict=False))
    optional += _field("PB", "0" * (-(len(optional) + 4) % BLOCK))
    length = BLOCK + len(optional) + 2 * (_PAYLOAD + BLOCK)
    return f"S{length:04d}{usage[:2]}S{usage[2]}{attributes.key.version:02d}N0400{optional}"


def _field(name: str, text: str) -> str:
    if not text.isascii() or len(text) > 0xFF - 4:
        raise ValueError("an optional block holds up to 251 ASCII characters")
    return f"{name}{len(text) + 4:02X}{text}"


def _read_header(block: str) -> tuple[str, Attributes]:
    found = _HEAD.fullmatch(block)
    if found is None or not block.isascii() or int(found[1]) != len(block):
        raise KeyBlockError("this is no key block")
    rest, texts = found[5], []
    for name in _FIELDS:
        try:
            length = int(rest[2:4], 16)
        except ValueError:
            raise KeyBlockError("this is no key block") from None
        if rest[:2] != name or length < 4:
            raise KeyBlockError("this is no key block")
        texts.append(rest[4:length])
        rest = rest[length:]
    attributes = Attributes(KeyRef(texts[0], int(found[4])), texts[1], texts[2])
    header = block[: len(block) - len(rest)]
    # one text for one key: what is read must be what would be written
    if _header(attributes) != header:
        raise KeyBlockError("this is no key block")
    return header, attributes
