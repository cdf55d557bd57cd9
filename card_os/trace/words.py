"""What a command is about, in words: file, record, items, key; values of persons only where asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from card_os.iso7816.apdu import MAX_LE, CommandApdu, ResponseApdu
from card_os.kernel.commands.internal_authenticate import KEY as INTERNAL_KEY
from card_os.kernel.commands.read_binary import binary_place
from card_os.kernel.refusal import Refused
from card_os.spec.codecs import to_json
from card_os.spec.decoders import decode
from card_os.spec.errors import UndecodableError
from card_os.spec.model import CommandSpec, DataItem, FileKind, FileSpec
from card_os.trace.following import Following
from language import _, choose

_SINGLE = 3


def printable(text: str) -> str:
    """The text with control characters spelled out: what a card holds must not steer a terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02X}" for c in text)


def kind_name(kind: FileKind) -> str:
    """What a file of this kind is called."""
    return {
        FileKind.MF: _("an MF"),
        FileKind.DF: _("a DF"),
        FileKind.TRANSPARENT: _("transparent"),
        FileKind.LINEAR_TLV: _("linear TLV"),
        FileKind.LINEAR_FIXED: _("linear fixed"),
        FileKind.CYCLIC: _("cyclic"),
    }[kind]


class Words:
    """The words for the commands of one card."""

    def __init__(self, following: Following, values: bool) -> None:
        self._following, self._values = following, values
        self._profile = following.profile
        self._about: dict[str, Callable[[CommandApdu, ResponseApdu | None, FileSpec | None], str]] = {
            "select": self._select,
            "read_record": self._read_record,
            "update_record": self._update_record,
            "append_record": self._append_record,
            "read_binary": self._read_binary,
            "update_binary": self._update_binary,
            "write_record": self._record_number,
            "erase_record": self._record_number,
            "external_authenticate": self._authenticate,
            "internal_authenticate": self._internal,
            "get_challenge": self._challenge,
            "write_key": self._write_key,
            "delivery_key": self._delivery_key,
            "cipher_data": self._cipher_data,
        }

    def detail(
        self, spec: CommandSpec, apdu: CommandApdu, response: ResponseApdu | None, file: FileSpec | None
    ) -> str:
        """What stands behind the name of the command; `file` is the EF that it works on."""
        if spec.name == "get_response" and self._following.awaited is not None:
            first, command = self._following.awaited
            answer = _("answer to {command}").format(command=choose(first.meaning))
            if first.name.startswith("read_"):
                answer += "  " + self.detail(first, command, response, file)
            return answer
        about = self._about.get(spec.name)
        text = about(apdu, response, file) if about else ""
        key = self._following.protecting_key(spec, apdu)
        if key:
            text += "  " + _("protected by {key}").format(key=key)
        return text.strip()

    # --- files and records ------------------------------------------------------------------------------

    def _select(self, apdu: CommandApdu, response: ResponseApdu | None, file: FileSpec | None) -> str:
        if self._following.selected_by(apdu) is not None or not apdu.data:
            return ""
        return apdu.data.hex().upper()

    @staticmethod
    def _record_number(apdu: CommandApdu, response: ResponseApdu | None, file: FileSpec | None) -> str:
        return _("record {n}").format(n=apdu.p1)

    def _read_record(self, apdu: CommandApdu, response: ResponseApdu | None, file: FileSpec | None) -> str:
        record = response.data if response is not None and response.ok else b""
        if apdu.p2 == 0:
            items = [item for item in self._items(file) if item.tag == apdu.p1]
            return _("tag {tag:02X}").format(tag=apdu.p1) + self._named(items, record)
        return _("record {n}").format(n=apdu.p1) + self._named(self._of_record(file, apdu.p1), record)

    def _update_record(self, apdu: CommandApdu, response: ResponseApdu | None, file: FileSpec | None) -> str:
        if file is not None and file.kind is FileKind.CYCLIC:
            return self._append_record(apdu, response, file)
        plain = b"" if apdu.cla & 0x04 else apdu.data
        return _("record {n}").format(n=apdu.p1) + self._named(self._of_record(file, apdu.p1), plain)

    def _append_record(self, apdu: CommandApdu, response: ResponseApdu | None, file: FileSpec | None) -> str:
        plain = b"" if apdu.cla & 0x04 else apdu.data
        return _("append a record") + self._named(self._items(file), plain)

    def _read_binary(self, apdu: CommandApdu, response: ResponseApdu | None, file: FileSpec | None) -> str:
        data = response.data if response is not None else b""
        return self._bytes(apdu, len(data) or apdu.le or MAX_LE, data, file)

    def _update_binary(self, apdu: CommandApdu, response: ResponseApdu | None, file: FileSpec | None) -> str:
        plain = b"" if apdu.cla & 0x04 else apdu.data
        return self._bytes(apdu, len(apdu.data), plain, file)

    def _bytes(self, apdu: CommandApdu, length: int, data: bytes, file: FileSpec | None) -> str:
        try:
            start = binary_place(apdu)[1]
        except Refused:
            return ""
        if not length:
            return _("no bytes")
        end = start + length
        text = _("bytes {first} to {last}").format(first=start, last=end - 1)
        touched = [
            i for i in self._items(file) if (i.offset or 0) < end and (i.offset or 0) + i.length > start
        ]
        if not touched:
            return text
        if self._values and data:
            whole = [i for i in touched if start <= (i.offset or 0) and (i.offset or 0) + i.length <= end]
            shown = (f"{self._title(i)} = {self._value(i, data, (i.offset or 0) - start)}" for i in whole)
            return "  ".join((text, *shown))
        return text + "  " + self._names(touched)

    # --- keys -------------------------------------------------------------------------------------------

    def _authenticate(self, apdu: CommandApdu, response: ResponseApdu | None, file: FileSpec | None) -> str:
        key = self._following.key_of(apdu.p2)
        name = key.name if key is not None else _("key {n:02X}").format(n=apdu.p2)
        if len(apdu.data) != 17:
            return name
        return name + " " + _("version {n}").format(n=apdu.data[16])

    @staticmethod
    def _internal(apdu: CommandApdu, response: ResponseApdu | None, file: FileSpec | None) -> str:
        if len(apdu.data) != 17:
            return INTERNAL_KEY
        return INTERNAL_KEY + " " + _("version {n}").format(n=apdu.data[16])

    @staticmethod
    def _challenge(apdu: CommandApdu, response: ResponseApdu | None, file: FileSpec | None) -> str:
        return _("{count} bytes").format(count=apdu.le) if apdu.le else ""

    def _write_key(self, apdu: CommandApdu, response: ResponseApdu | None, file: FileSpec | None) -> str:
        return _("key {n:02X}").format(n=apdu.p2)

    def _delivery_key(self, apdu: CommandApdu, response: ResponseApdu | None, file: FileSpec | None) -> str:
        key = self._following.sam_key_of(apdu.p2)
        name = key.name if key is not None else _("key {n:02X}").format(n=apdu.p2 & 0x1F)
        version = apdu.p2 >> 5
        return f"{name} " + _("version {n}").format(n=version) if version else name

    def _cipher_data(self, apdu: CommandApdu, response: ResponseApdu | None, file: FileSpec | None) -> str:
        text = _("MAC") if apdu.p1 & 1 else _("encipher")
        delivered = self._following.ram.delivered
        if delivered is not None:
            text += " " + _("with {key}").format(key=delivered.key.name)
        return text + " " + _("{count} bytes").format(count=len(apdu.data))

    # --- items ------------------------------------------------------------------------------------------

    def _items(self, file: FileSpec | None) -> Sequence[DataItem]:
        return self._profile.items_of(file) if file is not None else ()

    def _of_record(self, file: FileSpec | None, number: int) -> Sequence[DataItem]:
        items = self._items(file)
        if file is not None and file.kind is FileKind.LINEAR_TLV:
            return [item for item in items if item.record == number]
        return items

    def _named(self, items: Sequence[DataItem], record: bytes) -> str:
        if not items:
            return ""
        if not self._values or not record:
            return "  " + self._names(items)
        start = 2 if items[0].tag is not None else 0
        return "".join(
            f"  {self._title(item)} = {self._value(item, record, start + (item.offset or 0))}"
            for item in items
        )

    def _names(self, items: Sequence[DataItem]) -> str:
        if len(items) <= _SINGLE:
            return ", ".join(self._title(item) for item in items)
        return _("{first} to {last}").format(first=self._title(items[0]), last=self._title(items[-1]))

    @staticmethod
    def _title(item: DataItem) -> str:
        return f"{item.chinese} {item.name}"

    def _value(self, item: DataItem, data: bytes, start: int) -> str:
        raw = data[start : start + item.length]
        if len(raw) != item.length:
            return raw.hex().upper()
        try:
            value = to_json(decode(self._profile, item, raw))
        except UndecodableError:
            return raw.hex().upper()
        if value is None:
            return "-"
        meaning = self._profile.code_meaning(item, str(value)) if item.codes else None
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return printable(text) + (f" ({choose(meaning)})" if meaning is not None else "")
