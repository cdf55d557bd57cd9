"""The descent of keys: national root, province key, card key.

Each row of the key table has a root of its own per version. All keys have 16 bytes.
# spec: commands_and_crypto 3.1, 3.3; issuance_and_ecard A.6
"""

from __future__ import annotations

from card_os.crypto.block_cipher import BlockCipher128
from card_os.crypto.keys import card_key, diversify
from card_os.spec.errors import Phrase
from card_os.spec.model import KeySpec
from issuer.keys.custodian import CardFactors, KeyUseError


def held_by_sam(root: bytes, key: KeySpec, province: bytes, cipher: BlockCipher128) -> bytes:
    """What a SAM of a province holds: the root of a national key, or the key of its own province.

    Raises KeyUseError for a key that no SAM holds.
    """
    if key.sam_id is None:
        raise KeyUseError(key=key.name, purpose=Phrase("a SAM"))
    return root if key.held == "national" else diversify(root, province, cipher)


def held_by_card(root: bytes, key: KeySpec, card: CardFactors, cipher: BlockCipher128) -> bytes:
    """What the chip itself holds: one step from the maker's key, else the card key below the province."""
    if key.held == "maker":
        return diversify(root, card.card, cipher)
    held = held_by_sam(root, key, card.province, cipher)
    return card_key(held, card.card, card.province if key.held == "national" else None, cipher)
