"""Internal authentication: the card shows that it holds its key.  # spec: terminal_interface 6.5"""

from __future__ import annotations

import hmac
import secrets

from card_os.iso7816.apdu import CommandApdu
from reader_client.channel import Channel
from reader_client.errors import StatusError
from reader_client.responses import Answers
from reader_client.sam import SamSession
from reader_client.session import HealthCardSession

KEY = "IRK_DDF1"
_CHALLENGE = 8


def internal_authenticate(
    session: HealthCardSession, card: Channel, sam: SamSession, sam_channel: Channel
) -> bool:
    """Whether the card answers as only a card with the key of its number and province can.

    The session has just been opened, so that DDF1 is selected. The SAM draws the challenge that makes the
    session key; the value is over 8 random bytes of the terminal. False too where the card refuses. The
    channels are those of the two sessions.
    """
    profile = session.profile
    answers = Answers(sam_channel, sam.profile)
    challenge = answers.check("get_challenge", "SAM", CommandApdu(0x00, 0x84, 0x00, 0x00, le=_CHALLENGE))
    random = secrets.token_bytes(_CHALLENGE)
    version = session.key_version
    due = sam.authentication_value(profile.keys[KEY], session.factors, challenge, random, version)
    command = CommandApdu(0x00, 0x88, 0x00, 0x00, challenge + random + bytes((version,)))
    try:
        given = Answers(card, profile).check("internal_authenticate", "DDF1", command)
    except StatusError:
        return False
    return hmac.compare_digest(due, given)
