"""The one SM2 key pair of a SAM. The private key serves `sign` and is shown by no command.

# spec: commands_and_crypto 2.1, 2.6
"""

from __future__ import annotations

from card_os.crypto.sm2 import KeyPair
from card_os.iso7816.status import SW
from card_os.kernel.memory import Memory
from card_os.kernel.refusal import Refused

PRIVATE_CELL = "sm2:private"
PUBLIC_CELL = "sm2:public"


def store(memory: Memory, pair: KeyPair) -> None:
    """Put a key pair in the place of the one before; both halves in one transaction."""
    memory.put(PRIVATE_CELL, pair.private)
    memory.put(PUBLIC_CELL, pair.public)


def private_key(memory: Memory) -> bytes:
    """The 32 bytes, for signing only; raises 6A88 where there is no key pair."""
    return _cell(memory, PRIVATE_CELL)


def public_key(memory: Memory) -> bytes:
    """The 64 bytes; raises 6A88 where there is no key pair."""
    return _cell(memory, PUBLIC_CELL)


def _cell(memory: Memory, cell: str) -> bytes:
    if cell not in memory:
        raise Refused(SW.KEY_NOT_FOUND)
    return memory.read(cell)
