"""Black and grey list of cards in a file: read at the counter, never written there, no network needed.

The file is one that a front server keeps, or one that was carried by hand; its format stands in
`card_os.spec.card_list_format` (a name that ends in .csv is CSV, any other JSON). Whoever made the list is
known only where a key is trusted: then a list that this key did not sign is refused.
# spec: issuance_and_ecard D.1 front-server list table, A.5; the format is ours
"""

from __future__ import annotations

from pathlib import Path

from card_os.crypto import sm2
from card_os.spec import card_list_format
from card_os.spec.card_list import CardList
from card_os.spec.card_list_format import CardListFormatError
from card_os.spec.errors import Phrase
from language import cause
from reader_client.errors import ReaderClientError

KEY_VARIABLE = "RHC_CARD_LIST_KEY"


class CardListError(ReaderClientError):
    """A list file that cannot be read, is no such list, or is not signed as it must be."""

    template = "card list {file}: {reason}"


class ListKeyError(ReaderClientError):
    """A trusted key that is none."""

    template = "the key of card lists must be an SM2 public key of 128 hex digits"


def read_list(path: Path, trusted_key: bytes | None = None) -> CardList:
    """Read a list file; raises CardListError, also for a list that `trusted_key` (64 bytes) did not sign."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise CardListError(file=path, reason=cause(error)) from None
    except UnicodeDecodeError:
        raise CardListError(file=path, reason=Phrase("the file is not in UTF-8")) from None
    is_csv = path.suffix.lower() == ".csv"
    try:
        found = (card_list_format.parse_csv if is_csv else card_list_format.parse_json)(text)
    except CardListFormatError as error:
        raise CardListError(file=path, **error.fields) from None
    if trusted_key is not None and not found.is_signed_by(trusted_key):
        raise CardListError(file=path, reason=Phrase("the trusted key did not sign it"))
    return found


def trusted_key(text: str | None) -> bytes | None:
    """The 64-byte key in 128 hex digits, None where none is given; raises ListKeyError."""
    if not text:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        raise ListKeyError from None
    if not sm2.is_public_key(key):
        raise ListKeyError
    return key
