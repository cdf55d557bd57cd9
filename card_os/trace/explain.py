"""Exchanges in words, by the declaration of the card.

Keys and PINs are never shown unless `secrets`; values of persons only with `values`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from card_os.iso7816.apdu import ApduFormatError, CommandApdu, ResponseApdu
from card_os.iso7816.status import SW, tries_left
from card_os.spec.model import CommandSpec, FileSpec, Profile
from card_os.trace.following import FILE_COMMANDS, Following
from card_os.trace.layer import Exchange
from card_os.trace.masking import shown_length, without_secrets
from card_os.trace.why import Refusal, why
from card_os.trace.words import Words
from language import _, choose

MASK = "…"
_HEADER = 4
# commands whose data and answers say nothing of a person; every other one may
_IMPERSONAL = frozenset({"select", "get_challenge", "external_authenticate", "activate", "lock_data"})


@dataclass(frozen=True, slots=True)
class Explanation:
    """An exchange in words. `command` and `response` are hex, with … where something is hidden.

    `why` is the reason of a refusal, empty where none is known. `masked`: secret bytes are hidden.
    """

    name: str
    file: str
    detail: str
    outcome: str
    ok: bool
    command: str
    response: str
    why: str = ""
    masked: bool = False

    @property
    def line(self) -> str:
        """All of it in one line."""
        end = f"→ {self.outcome}" + (f" ({self.why})" if self.why else "")
        return "  ".join(part for part in (self.name, self.file, self.detail, end) if part)


class Explainer:
    """Follows one card from its reset on and explains each exchange in the reader's language.

    `values` shows what stands in data items, `secrets` PINs and keys where the trace has them. With
    `hide_data` the hex of data that may be a person's is left out, too.
    """

    def __init__(
        self, profile: Profile, values: bool = False, *, secrets: bool = False, hide_data: bool = False
    ) -> None:
        self._profile, self._secrets, self._hide_data = profile, secrets, hide_data
        self._following = Following(profile)
        self._words = Words(self._following, values)

    def explain(self, exchange: Exchange) -> Explanation:
        """The words for one exchange; exchanges must come in order. Never raises."""
        if exchange.is_reset:
            self._following.reset()
            return Explanation(_("RESET"), "", "", "ATR", True, "", exchange.response.hex().upper())
        response = ResponseApdu.parse(exchange.response) if len(exchange.response) > 1 else None
        try:
            apdu = CommandApdu.parse(exchange.whole_command)
        except ApduFormatError:
            length = _("{count} bytes").format(count=len(exchange.whole_command))
            return self._told((_("no APDU"), "", length), exchange, response, None, "")
        spec = self._profile.command_of(apdu.ins, apdu.p1)
        if spec is None:
            reason = _unknown_command(self._profile, response)
            return self._told((f"INS {apdu.ins:02X}", "", ""), exchange, response, None, reason)
        return self._known(exchange, spec, apdu, response)

    def _known(
        self, exchange: Exchange, spec: CommandSpec, apdu: CommandApdu, response: ResponseApdu | None
    ) -> Explanation:
        following = self._following
        file = following.ef_of(spec, apdu)
        detail = self._words.detail(spec, apdu, response, file)
        reason = ""
        if response is not None:
            if not _accepted(response):
                reason = why(Refusal(following, spec, apdu, file, response.sw))
            following.follow(spec, apdu, response)
        place = self._place(spec, apdu, response, file)
        return self._told((choose(spec.meaning), place.label, detail), exchange, response, spec, reason)

    def _place(
        self, spec: CommandSpec, apdu: CommandApdu, response: ResponseApdu | None, file: FileSpec | None
    ) -> FileSpec:
        ram = self._following.ram
        if spec.name == "select":
            accepted = response is not None and _accepted(response)
            return (ram.ef if accepted else self._following.selected_by(apdu)) or ram.df
        awaited = self._following.awaited
        meant = awaited[0] if spec.name == "get_response" and awaited is not None else spec
        return (file if meant.name in FILE_COMMANDS else None) or ram.df

    # --- the answer -------------------------------------------------------------------------------------

    def _told(
        self,
        about: tuple[str, str, str],
        exchange: Exchange,
        response: ResponseApdu | None,
        spec: CommandSpec | None,
        reason: str,
    ) -> Explanation:
        shown = exchange if self._secrets else without_secrets(exchange)
        command, answer = self._hex(shown, spec)
        masked = shown.masked > 0
        if response is None:
            return Explanation(*about, _("no answer"), False, command, answer, masked=masked)
        outcome = self._outcome(spec.name if spec else "*", response.sw)
        return Explanation(*about, outcome, _accepted(response), command, answer, reason, masked)

    def _hex(self, exchange: Exchange, spec: CommandSpec | None) -> tuple[str, str]:
        command, answer = exchange.command, exchange.response
        open_secret = self._secrets and shown_length(command) < len(command)
        if not self._hide_data or open_secret or (spec is not None and spec.name in _IMPERSONAL):
            tail = MASK if exchange.masked else ""
            return command.hex().upper() + tail, answer.hex().upper()
        # header and Lc or Le of a command, status word of an answer
        long_command = len(command) > _HEADER + 1 or exchange.masked
        shown = command[: _HEADER + 1].hex().upper() + (MASK if long_command else "")
        return shown, (MASK if len(answer) > 2 else "") + answer[-2:].hex().upper()

    def _outcome(self, command: str, sw: int) -> str:
        meaning = self._profile.status(command, sw)
        text = choose(meaning) if meaning else _("unknown status word")
        left = tries_left(sw)
        if left is not None:
            text = re.sub(r"\bx\b", str(left), text)
        elif sw >> 8 in (SW.BYTES_WAITING >> 8, SW.WRONG_LE >> 8):
            text = re.sub(r"\bxx\b", str(sw & 0xFF or 256), text)
        return f"{sw:04X} {text}"


def _accepted(response: ResponseApdu) -> bool:
    return response.ok or response.sw >> 8 == SW.BYTES_WAITING >> 8


def _unknown_command(profile: Profile, response: ResponseApdu | None) -> str:
    if response is None or response.sw != SW.INS_UNKNOWN:
        return ""
    return _("{application} has no such command").format(application=choose(profile.meaning))
