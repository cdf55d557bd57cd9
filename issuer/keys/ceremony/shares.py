"""Recovery shares: k of n people bring the master secret back, fewer know nothing of it.

Shares are words after SLIP-39, 33 each, with a checksum and the number that is needed. There is no passphrase
on them: whoever holds k shares holds the master.  # stack.md "shares"
"""

from __future__ import annotations

import hmac
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Protocol

from card_os.spec.errors import Phrase
from issuer.keys.ceremony.components import LENGTH
from issuer.keys.ceremony.errors import ShareError, SharesUnavailableError

LEAST, MOST = 2, 16


class _Decoded(Protocol):
    """What is used of a share of the library, which declares no types."""

    index: int
    member_threshold: int

    def common_parameters(self) -> Hashable: ...

    def mnemonic(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Share:
    """The words of one holder, one of `needed` that must come together."""

    number: int
    needed: int
    words: str = field(repr=False)


def split(master: bytes, needed: int, people: int) -> tuple[Share, ...]:
    """One share for each of `people`, of whom `needed` must come; raises ShareError.

    The shares are put together once before anybody relies on them.
    """
    if not LEAST <= needed <= people <= MOST:
        raise ShareError(
            reason=Phrase("{least} to {most} people, and as many needed at most", least=LEAST, most=MOST)
        )
    library = _library()
    (words,) = library.generate_mnemonics(1, [(needed, people)], master, iteration_exponent=0)
    shares = tuple(Share(number, needed, text) for number, text in enumerate(words, start=1))
    for group in (shares[:needed], shares[-needed:]):
        if not hmac.compare_digest(combine([share.words for share in group]), master):
            raise RuntimeError("shares that do not come together")
    return shares


def combine(words: Sequence[str]) -> bytes:
    """The master of as many shares as are needed; raises ShareError, which names a share by its place."""
    library = _library()
    decoded: list[_Decoded] = []
    for place, text in enumerate(words, start=1):
        try:
            decoded.append(library.Share.from_mnemonic(" ".join(text.lower().split())))
        # what the library says repeats words of the share
        except (library.MnemonicError, ValueError):
            reason = Phrase("the words of share {place} are not as they were written", place=place)
            raise ShareError(reason=reason) from None
    _check_set(decoded)
    try:
        master: bytes = library.combine_mnemonics([share.mnemonic() for share in decoded])
    except (library.MnemonicError, ValueError):
        raise ShareError(reason=Phrase("they do not belong together")) from None
    if len(master) != LENGTH:
        raise ShareError(reason=Phrase("they are of something else than a master secret"))
    return master


def _check_set(decoded: Sequence[_Decoded]) -> None:
    """Tell what is wrong with a set before the library does in its words."""
    if len({share.common_parameters() for share in decoded}) != 1:
        raise ShareError(reason=Phrase("they do not belong together"))
    if len({share.index for share in decoded}) != len(decoded):
        raise ShareError(reason=Phrase("one of them was given twice"))
    needed, given = decoded[0].member_threshold, len(decoded)
    if given != needed:
        raise ShareError(reason=Phrase("{needed} are needed, {given} were given", needed=needed, given=given))


def _library() -> ModuleType:
    try:
        return import_module("shamir_mnemonic")
    except ImportError:
        raise SharesUnavailableError from None
