"""The security code 安全码 of a card: three digits, like a CVV, that only its issuer can compute.

Nothing public says how; ours is a MAC over card number ‖ expiry ‖ class, decimalised.
# spec: commands_and_crypto 4.2 [DC]
"""

from __future__ import annotations

from datetime import date

from card_os.crypto.block_cipher import BlockCipher128
from card_os.crypto.secure_messaging import ZERO_IV, pad

DIGITS = 3
_LETTERS = str.maketrans("ABCDEF", "012345")


def compute(key: bytes, card_number: str, expiry: date, card_class: str, cipher: BlockCipher128) -> str:
    """Three digits under the 16-byte CVN key; the expiry enters as eight digits YYYYMMDD.

    The number is as on the card, in GBK: that of an officer's document has Chinese characters.
    """
    text = card_number + expiry.isoformat().replace("-", "") + card_class
    block = cipher.cbc_mac(key, ZERO_IV, pad(text.encode("gbk"))).hex().upper()
    # digits as they stand come first, then the letters as A=0 … F=5
    digits = [c for c in block if c.isdigit()] + [c.translate(_LETTERS) for c in block if c.isalpha()]
    return "".join(digits[:DIGITS])
