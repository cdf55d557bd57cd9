"""A layer round a card that tells what passes, and the words for it.

`TracedCard` has the interface of a card, so that it goes wherever a card goes. `Explainer` follows one card's
exchanges and says by the declaration what each one means. Keys and PINs are never shown; values of persons
only where they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

from card_os.crypto.block_cipher import cipher_named
from card_os.iso7816.apdu import MAX_LE, ApduFormatError, CommandApdu, ResponseApdu
from card_os.iso7816.status import SW, tries_left
from card_os.kernel.commands.read_binary import binary_place
from card_os.kernel.file_system import FileSystem
from card_os.kernel.keys import KeyStore
from card_os.kernel.memory import Memory
from card_os.kernel.refusal import Refused
from card_os.spec.codecs import decode, to_json
from card_os.spec.errors import UndecodableError
from card_os.spec.model import CommandSpec, DataItem, FileKind, FileSpec, Profile
from language import _, choose

SECRET_DATA = frozenset({"verify", "change_pin", "write_key"})
MASK = "…"


class TracedCardLike(Protocol):
    """What the layer needs of the card below it."""

    @property
    def atr(self) -> bytes:
        """Answer to reset."""
        ...

    def power_on(self) -> bytes:
        """Give power."""
        ...

    def reset(self) -> bytes:
        """Warm reset."""
        ...

    def power_off(self) -> None:
        """Take power away."""
        ...

    def transmit(self, command: bytes) -> bytes:
        """One exchange."""
        ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command and its answer; `command` is empty for a reset, `response` then holds the ATR."""

    command: bytes
    response: bytes
    seconds: float


class TracedCard:
    """A card whose exchanges are told to a listener, after the answer is made."""

    def __init__(self, card: TracedCardLike, listener: Callable[[Exchange], None]) -> None:
        self._card, self._listener = card, listener

    @property
    def atr(self) -> bytes:
        """The answer to reset; asking for it is not told, readers do it all the time."""
        return self._card.atr

    def power_on(self) -> bytes:
        """Give power, and tell it."""
        return self._told_reset(self._card.power_on)

    def reset(self) -> bytes:
        """Reset, and tell it."""
        return self._told_reset(self._card.reset)

    def power_off(self) -> None:
        """Take power away."""
        self._card.power_off()

    def transmit(self, command: bytes) -> bytes:
        """Pass a command on, and tell command, answer and time."""
        begin = perf_counter()
        response = self._card.transmit(command)
        self._listener(Exchange(command, response, perf_counter() - begin))
        return response

    def _told_reset(self, reset: Callable[[], bytes]) -> bytes:
        begin = perf_counter()
        atr = reset()
        self._listener(Exchange(b"", atr, perf_counter() - begin))
        return atr


@dataclass(frozen=True, slots=True)
class Explanation:
    """An exchange in words. `command` and `response` are hex with secrets masked."""

    name: str
    file: str
    detail: str
    outcome: str
    ok: bool
    command: str
    response: str

    @property
    def line(self) -> str:
        """All of it in one line."""
        parts = (self.name, self.file, self.detail, f"→ {self.outcome}")
        return "  ".join(part for part in parts if part)


class Explainer:
    """Follows one card from its reset on and explains each exchange in the reader's language."""

    def __init__(self, profile: Profile, values: bool = False) -> None:
        self._profile, self._values = profile, values
        memory = Memory()
        self._files = FileSystem(profile, memory)
        self._keys = KeyStore(profile, memory, self._files, cipher_named(profile.cipher))
        self._by_ins = {spec.ins: spec for spec in profile.commands.values()}
        self._df = self._files.mf
        self._ef: FileSpec | None = None

    def explain(self, exchange: Exchange) -> Explanation:
        """The words for one exchange; exchanges must come in order."""
        if not exchange.command:
            self._df, self._ef = self._files.mf, None
            return Explanation(_("RESET"), "", "", "ATR", True, "", exchange.response.hex().upper())
        response = ResponseApdu.parse(exchange.response) if len(exchange.response) > 1 else None
        try:
            apdu = CommandApdu.parse(exchange.command)
        except ApduFormatError as error:
            return self._told((_("no APDU"), "", str(error)), exchange, response, None)
        spec = self._by_ins.get(apdu.ins)
        if spec is None:
            return self._told((f"INS {apdu.ins:02X}", "", ""), exchange, response, None)
        detail = self._detail(spec, apdu, response)
        file = self._ef or self._df
        return self._told((choose(spec.meaning), file.label, detail), exchange, response, spec)

    # --- what a command is about ------------------------------------------------------------------------

    def _detail(self, spec: CommandSpec, apdu: CommandApdu, response: ResponseApdu | None) -> str:
        about: dict[str, Callable[[CommandApdu, ResponseApdu | None], str]] = {
            "select": self._select,
            "read_record": self._read_record,
            "update_record": self._update_record,
            "read_binary": self._binary,
            "update_binary": self._binary,
            "write_record": lambda apdu, _response: _("record {n}").format(n=apdu.p1),
            "erase_record": lambda apdu, _response: _("record {n}").format(n=apdu.p1),
            "external_authenticate": self._key_reference,
            "write_key": lambda apdu, _response: _("key {n:02X}").format(n=apdu.p2),
            "delivery_key": self._delivery_key,
            "cipher_data": lambda apdu, _response: _("MAC") if apdu.p1 & 1 else _("encipher"),
        }
        return about[spec.name](apdu, response) if spec.name in about else ""

    def _select(self, apdu: CommandApdu, response: ResponseApdu | None) -> str:
        accepted = response is not None and (response.ok or response.sw >> 8 == SW.BYTES_WAITING >> 8)
        if not accepted:
            return apdu.data.hex().upper()
        if apdu.p1 == 0x04:
            file = self._files.by_name(apdu.data)
        else:
            file = self._files.by_fid(self._df, int.from_bytes(apdu.data or b"\x3f\x00", "big"))
        if file.kind.is_ef:
            self._df, self._ef = self._files[file.parent], file
        else:
            self._df, self._ef = file, None
        return ""

    def _read_record(self, apdu: CommandApdu, response: ResponseApdu | None) -> str:
        record = response.data if response and response.ok else b""
        if apdu.p2 == 0:
            items = [i for i in self._items() if i.tag == apdu.p1]
            return _("tag {tag:02X}").format(tag=apdu.p1) + self._named(items, record)
        return _("record {n}").format(n=apdu.p1) + self._named(self._items_of_record(apdu.p1), record)

    def _update_record(self, apdu: CommandApdu, _response: ResponseApdu | None) -> str:
        if self._ef is not None and self._ef.kind is FileKind.CYCLIC:
            return _("append a record")
        plain = b"" if apdu.cla & 0x04 else apdu.data
        return _("record {n}").format(n=apdu.p1) + self._named(self._items_of_record(apdu.p1), plain)

    def _binary(self, apdu: CommandApdu, response: ResponseApdu | None) -> str:
        try:
            sfi, offset = binary_place(apdu)
            self._ef = self._files.by_sfi(self._df, sfi) if sfi is not None else self._ef
        except Refused:
            return ""
        length = len(apdu.data) or len(response.data if response else b"") or apdu.le or MAX_LE
        text = _("bytes {first} to {last}").format(first=offset, last=offset + length - 1)
        touched = [i for i in self._items() if (i.offset or 0) < offset + length]
        touched = [i for i in touched if (i.offset or 0) + i.length > offset]
        if not touched:
            return text
        if len(touched) == 1:
            return text + f"  {self._title(touched[0])}"
        return text + "  " + _("{first} to {last}").format(first=touched[0].name, last=touched[-1].name)

    def _key_reference(self, apdu: CommandApdu, _response: ResponseApdu | None) -> str:
        try:
            return self._keys.by_reference(self._df, apdu.p2).name
        except Refused:
            return _("key {n:02X}").format(n=apdu.p2)

    def _delivery_key(self, apdu: CommandApdu, _response: ResponseApdu | None) -> str:
        for key in self._profile.sam_keys.values():
            if key.sam_id == apdu.p2 & 0x1F:
                return key.name
        return _("key {n:02X}").format(n=apdu.p2 & 0x1F)

    # --- items ------------------------------------------------------------------------------------------

    def _items(self) -> tuple[DataItem, ...]:
        return self._profile.items_of(self._ef) if self._ef else ()

    def _items_of_record(self, number: int) -> list[DataItem]:
        items = self._items()
        if self._ef is not None and self._ef.kind is FileKind.LINEAR_TLV:
            return [item for item in items if item.record == number]
        return list(items)

    def _named(self, items: list[DataItem], record: bytes) -> str:
        if not items:
            return ""
        names = ", ".join(self._title(item) for item in items)
        if not self._values or not record:
            return f"  {names}"
        values = ", ".join(self._value(item, record) for item in items)
        return f"  {names} = {values}"

    @staticmethod
    def _title(item: DataItem) -> str:
        return f"{item.chinese} {item.name}"

    def _value(self, item: DataItem, record: bytes) -> str:
        start = 2 if item.tag is not None else item.offset or 0
        raw = record[start : start + item.length]
        try:
            value = to_json(decode(self._profile, item, raw)) if len(raw) == item.length else None
        except UndecodableError:
            return raw.hex().upper()
        return "-" if value is None else str(value)

    # --- the answer -------------------------------------------------------------------------------------

    def _told(
        self,
        about: tuple[str, str, str],
        exchange: Exchange,
        response: ResponseApdu | None,
        spec: CommandSpec | None,
    ) -> Explanation:
        command = exchange.command.hex().upper()
        if spec is not None and spec.name in SECRET_DATA:
            command = command[:10] + MASK
        answer = exchange.response.hex().upper()
        if response is None:
            return Explanation(*about, _("no answer"), False, command, answer)
        ok = response.ok or response.sw >> 8 == SW.BYTES_WAITING >> 8
        outcome = self._outcome(spec.name if spec else "*", response.sw)
        return Explanation(*about, outcome, ok, command, answer)

    def _outcome(self, command: str, sw: int) -> str:
        meaning = self._profile.status(command, sw)
        text = choose(meaning) if meaning else _("unknown status word")
        left = tries_left(sw)
        if left is not None:
            text = text.replace("x", str(left))
        elif sw >> 8 in (0x61, 0x6C):
            text = text.replace("xx", str(sw & 0xFF or 256))
        return f"{sw:04X} {text}"
