"""The personal part of a line, which only the receiver can open.

Each file has a session key of its own, 16 random bytes for SM4, enveloped by SM2 for the receiver. The
personal fields of a line are one JSON object of texts under SM4-GCM; the nonce is the number of the detail
line in 12 bytes, for no key serves two files, and the additional data binds the cell to its file and line.
# spec: issuance_and_ecard A.3 [I]; our design
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY_LENGTH = 16
NONCE_LENGTH, TAG_LENGTH = 12, 16


class CellBrokenError(ValueError):
    """A personal cell that the session key does not open where it stands."""


def new_session_key() -> bytes:
    """A session key for one file."""
    return secrets.token_bytes(KEY_LENGTH)


@dataclass(frozen=True, slots=True)
class PersonalCells:
    """Closes and opens the personal cells of one file, which `context` names."""

    key: bytes = field(repr=False)
    context: str

    def closed(self, number: int, texts: Mapping[str, str]) -> str:
        """The cell of detail line `number`, counted from 1."""
        plain = json.dumps(texts, ensure_ascii=False, separators=(",", ":")).encode()
        encryptor = self._cipher(number, None).encryptor()
        encryptor.authenticate_additional_data(self._bound(number))
        return base64.b64encode(encryptor.update(plain) + encryptor.finalize() + encryptor.tag).decode()

    def opened(self, number: int, cell: str) -> dict[str, str]:
        """Undo `closed`; raises CellBrokenError."""
        try:
            raw = base64.b64decode(cell, validate=True)
            decryptor = self._cipher(number, raw[-TAG_LENGTH:]).decryptor()
            decryptor.authenticate_additional_data(self._bound(number))
            found: Any = json.loads(decryptor.update(raw[:-TAG_LENGTH]) + decryptor.finalize())
        except (binascii.Error, InvalidTag, ValueError, RecursionError):
            raise CellBrokenError from None
        if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
            raise CellBrokenError
        return found

    def _cipher(self, number: int, tag: bytes | None) -> Cipher[modes.GCM]:
        nonce = number.to_bytes(NONCE_LENGTH, "big")
        return Cipher(algorithms.SM4(self.key), modes.GCM(nonce, tag))

    def _bound(self, number: int) -> bytes:
        return f"{self.context} {number}".encode()
