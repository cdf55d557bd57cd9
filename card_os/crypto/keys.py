"""Key diversification and session keys of profile G128.

Every key of this module has 16 bytes, every factor 8. `~` is bitwise not, `‖` puts together.
# spec: commands_and_crypto 3.1, 3.3
"""

from __future__ import annotations

from card_os.crypto.block_cipher import BLOCK, SM4, BlockCipher128

KEY_LENGTH = 16
FACTOR_LENGTH = 8
_COMPLEMENT = bytes(range(0xFF, -1, -1))


def diversify(key: bytes, factor: bytes, cipher: BlockCipher128 = SM4) -> bytes:
    """D(K, X) = E_K(X ‖ ~X): the 16-byte key one level below `key` for an 8-byte factor."""
    if len(key) != KEY_LENGTH or len(factor) != FACTOR_LENGTH:
        raise ValueError(f"a key of {KEY_LENGTH} and a factor of {FACTOR_LENGTH} bytes are needed")
    return cipher.encrypt_ecb(key, factor + factor.translate(_COMPLEMENT))


def province_factor(city_code: bytes) -> bytes:
    """The second factor: the first byte of the application city code as two ASCII digits, then 000000.

    21 00 00 gives the ASCII text 21000000.  # spec: terminal_interface 2.2
    """
    return city_code[:1].hex().upper().encode("ascii") + b"000000"


def card_key(held: bytes, card_factor: bytes, province: bytes | None, cipher: BlockCipher128 = SM4) -> bytes:
    """The key on a card from the key that a SAM holds.

    A national key takes two steps, first the province, then the card (the order on the wire is the other
    way round); a province key takes one (`province` None).  # spec: commands_and_crypto 3.3
    """
    if province is not None:
        held = diversify(held, province, cipher)
    return diversify(held, card_factor, cipher)


def session_key(key: bytes, challenge: bytes, cipher: BlockCipher128 = SM4) -> bytes:
    """SK = D(CK, challenge) with the last 8-byte challenge of the card."""
    return diversify(key, challenge, cipher)


def check_value(key: bytes, cipher: BlockCipher128 = SM4) -> bytes:
    """First 3 bytes of a block of zeros enciphered: all that may be shown of a key.

    # spec: issuance_and_ecard A.6
    """
    return cipher.encrypt_ecb(key, bytes(BLOCK))[:3]
