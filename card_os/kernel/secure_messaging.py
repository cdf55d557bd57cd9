"""Secure messaging on the card's side: check the MAC first, then decipher.

# spec: terminal_interface 7.3; order of the checks commands_and_crypto 1.5
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from card_os.crypto import secure_messaging as sm
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.kernel.keys import SECURE_MESSAGING
from card_os.kernel.refusal import Refused
from card_os.spec.model import FileSpec, KeySpec, LifeCycle

if TYPE_CHECKING:
    from card_os.kernel.card import Card

STK_VERSION = 1


def is_protected(apdu: CommandApdu) -> bool:
    """Whether the class byte announces secure messaging (04 and 84)."""
    return bool(apdu.cla & 0x04)


def verify_mac(card: Card, key: KeySpec, header: bytes, body: bytes) -> bytes:
    """Check the MAC at the end of a body; returns the session key of the message.

    `header` is CLA INS P1 P2. The challenge is used up whatever comes out. Raises 6984 without a challenge,
    6987 without a MAC, 6988 where it is wrong, 9303 where the DF of the key is blocked for good.
    """
    challenge = card.volatile.take_challenge()
    if challenge is None:
        raise Refused(SW.DATA_UNUSABLE)
    if len(body) < sm.MAC_LENGTH:
        raise Refused(SW.SM_DATA_MISSING)
    session = card.keys.session(key, STK_VERSION, challenge)
    message, given = body[: -sm.MAC_LENGTH], body[-sm.MAC_LENGTH :]
    expected = sm.command_mac(session, header, message, card.cipher)
    if not _counted(card, key, lambda: sm.same(expected, given)):
        raise Refused(SW.SM_DATA_WRONG)
    return session


def _counted(card: Card, key: KeySpec, matches: Callable[[], bool]) -> bool:
    """Whether a MAC is right.

    Where the profile sets a limit, that many bad MACs in a row block the DF of the key for good. Each one is
    counted before the comparison, so that a cut between the two is no free guess.
    # spec: commands_and_crypto 3.6 [REL PBOC], off by default [DC]
    """
    limit, df, cell = card.profile.bad_mac_limit, card.files[key.df], f"bad_macs:{key.df}"
    state = card.df_state(df)
    if state is LifeCycle.APP_DEAD:  # a PIN command reaches STK_DDF1 from the MF; commands_and_crypto 5.3
        raise Refused(SW.APPLICATION_DEAD)
    if not limit:
        return matches()
    bad = (card.memory.read(cell)[0] if cell in card.memory else 0) + 1
    card.memory.put(cell, bytes((bad,)))
    if bad >= limit:
        card.set_df_state(df, LifeCycle.APP_DEAD)
    card.memory.commit()
    if matches():
        card.memory.erase(cell)
        card.set_df_state(df, state)
        card.memory.commit()  # a good MAC counts as one, though its data may be refused afterwards
        return True
    if bad >= limit:
        raise Refused(SW.APPLICATION_DEAD)
    return False


def verify_df_mac(card: Card, df: FileSpec, header: bytes, body: bytes) -> bytes:
    """Check a MAC under the secure messaging key of a DF; returns the session key."""
    return verify_mac(card, card.keys.by_role(df, SECURE_MESSAGING), header, body)


def open_message(card: Card, key: KeySpec, header: bytes, body: bytes) -> bytes:
    """Check and decipher cipher text and MAC; raises also 6A80 where the plain text is malformed."""
    session = verify_mac(card, key, header, body)
    try:
        return sm.decipher(session, body[: -sm.MAC_LENGTH], card.cipher)
    except sm.DecipheredDataError:
        raise Refused(SW.WRONG_DATA) from None
