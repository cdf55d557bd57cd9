"""Files of the card: selected, opened with the right key, read and written as their declaration says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from card_os.crypto.keys import province_factor
from card_os.iso7816.apdu import MAX_LE, CommandApdu
from card_os.iso7816.atr import Atr, AtrError
from card_os.iso7816.status import SW
from card_os.iso7816.tlv import TlvError, unpack
from card_os.spec.access import AccessRule
from card_os.spec.model import FileSpec, KeySpec, Profile, Protection
from language import _, describe
from reader_client.channel import Channel
from reader_client.errors import AccessDeniedError, NotAHealthCardError, StatusError, status_error
from reader_client.responses import Answers
from reader_client.rights import keys_needed
from reader_client.sam import CardFactors, SamSession
from reader_client.sharing import TransactionOrderError, Transactions

BASIC_FILE = "MF/DDF1/EF05"
CITY_CODE_TAG = 0x39
TERMINAL_RANDOM = bytes.fromhex("1122334455667788")
KEY_VERSION = 0x01
WRITE_BLOCK = 0x80
_GET_CHALLENGE = CommandApdu(0x00, 0x84, 0x00, 0x00, le=8)
_ABSENT = (SW.RECORD_NOT_FOUND, SW.FILE_NOT_FOUND)


class CardFiles:
    """The user card as files. It remembers what is selected and which key was proved last.

    Only the keys of the last authentication count as held: a card may keep all of them or one.
    # spec: commands_and_crypto 5.2, terminal_interface 6.4
    """

    def __init__(
        self, channel: Channel, sam: SamSession, profile: Profile, key_version: int = KEY_VERSION
    ) -> None:
        self.profile = profile
        self.key_version = key_version
        self.factors = CardFactors(b"", b"")
        self._channel = channel
        self._sam = sam
        self._answers = Answers(channel, profile)
        # the rules of a declaration are few, and asked for at every file
        self._needed: dict[AccessRule, tuple[str, ...] | None] = {}
        self._transactions = Transactions(channel, self._forget)
        self._forget()

    def open(self) -> None:
        """Reset, then find the two factors that make the keys of this card.

        Raises NotAHealthCardError where historical bytes, DDF1 or the city code are missing.
        # spec: terminal_interface 2.3
        """
        self._forget()
        try:
            card = Atr.parse(self._channel.reset()).card_factor
            self._select(self.profile.files[BASIC_FILE])
            command = CommandApdu(0x00, 0xB2, CITY_CODE_TAG, 0x00, le=5)
            tag, city = unpack(self._answers.check("read_record", "DDF1/EF05", command))
        except (AtrError, TlvError, StatusError) as error:
            raise NotAHealthCardError(reason=describe(error)) from error
        if tag != CITY_CODE_TAG:
            raise NotAHealthCardError(reason=_("the city code is missing"))
        self.factors = CardFactors(card, province_factor(city))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep other programs out of both readers until the block ends; transactions nest.

        Raises TransactionOrderError where the SAM is held already; see `sharing`.
        """
        if self._sam.in_transaction and not self._transactions.running:
            raise TransactionOrderError
        with self._transactions.transaction(), self._sam.transaction():
            yield

    @property
    def sam(self) -> SamSession:
        """The SAM that opens this card."""
        return self._sam

    @property
    def sam_is_of_this_province(self) -> bool:
        """Whether keys held at province level can be right: a wrong one would cost the card a try."""
        return self._sam.province() == self.factors.province[:2].decode("ascii")

    # --- opening ----------------------------------------------------------------------------------------

    def open_for_reading(self, file: FileSpec) -> None:
        """Select the file and prove its read key."""
        self._select(file)
        self._prove(self._keys_needed(file.read), file, for_update=False)

    def open_for_update(self, file: FileSpec) -> None:
        """Select the file and prove its update key."""
        self._select(file)
        self._prove(self._keys_needed(file.update), file, for_update=True)

    # --- data -------------------------------------------------------------------------------------------

    def read_record(self, file: FileSpec, number: int) -> bytes | None:
        """A whole record by number; None where the card does not have it."""
        answer = self._answers.read(bytes((0x00, 0xB2, number, 0x04, MAX_LE % 0x100)))
        if isinstance(answer, bytes):
            return answer
        if answer.sw in _ABSENT:
            return None
        if not answer.ok:
            raise status_error(self.profile, "read_record", file.label, answer.sw)
        return answer.data

    def read_binary(self, file: FileSpec, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, in blocks of at most 256."""
        blocks, start, end = [], offset, offset + length
        while start < end:
            le = min(MAX_LE, end - start)
            answer = self._answers.read(bytes((0x00, 0xB0, start >> 8, start & 0xFF, le % MAX_LE)))
            if not isinstance(answer, bytes):
                if not answer.ok:
                    raise status_error(self.profile, "read_binary", file.label, answer.sw)
                answer = answer.data
            if not answer:
                break
            blocks.append(answer)
            start += len(answer)
        return b"".join(blocks)[:length]

    def write_binary(self, file: FileSpec, offset: int, data: bytes) -> None:
        """Write in blocks of 128 bytes and the rest; a block is never empty.

        # spec: commands_and_crypto 1.3 rule 6
        """
        for start in range(0, len(data), WRITE_BLOCK):
            at = offset + start
            command = CommandApdu(0x00, 0xD6, at >> 8, at & 0xFF, data[start : start + WRITE_BLOCK])
            self._answers.check("update_binary", file.label, command)

    def write_record(self, file: FileSpec, number: int, data: bytes) -> None:
        """Replace a record, TLV and all where the file has TLV."""
        self._update_record(file, number, 0x04, data)

    def append_record(self, file: FileSpec, data: bytes) -> None:
        """Put a record before the newest of a cyclic file; the oldest drops out."""
        self._update_record(file, 0x00, 0x03, data)

    def set_flag(self, file: FileSpec, number: int, valid: bool) -> None:
        """Mark a visit slot valid, or erase the mark.

        Raises AccessDeniedError before a try is lost, where the SAM is of another province and the key is
        a province key.  # spec: terminal_interface 4.6, 7.4
        """
        rule, ins, name = (
            (file.set_valid, 0xD2, "write_record") if valid else (file.erase, 0x0C, "erase_record")
        )
        self._select(file)
        self._prove(self._keys_needed(rule), file, for_update=True)
        header = bytes((0x84, ins, number, 0x04))
        mac = self._sam.mac(self.profile.keys[file.sm_key], self.factors, self._challenge(), header)
        self._answers.check(name, file.label, _command(header, mac))

    def _update_record(self, file: FileSpec, p1: int, p2: int, data: bytes) -> None:
        header = bytes((0x00, 0xDC, p1, p2))
        if file.protection is not Protection.NONE:
            header = b"\x04" + header[1:]
            key = self.profile.keys[file.sm_key]
            data = self._sam.protect(key, self.factors, self._challenge(), header, data)
        self._answers.check("update_record", file.label, _command(header, data))

    # --- where we are and what we may -------------------------------------------------------------------

    def _forget(self) -> None:
        self._df = self._ef = ""
        self._held = frozenset[str]()

    def _select(self, file: FileSpec) -> None:
        self._enter(file.parent)
        if self._ef != file.path:
            self._ef = ""
            self._select_fid(file)
            self._ef = file.path

    def _enter(self, df: str) -> None:
        if self._df == df:
            return
        parent = self.profile.files[df].parent
        # DDF1 is found from everywhere, a DF from its parent and its siblings; spec: terminal_interface 3
        reachable = parent == "MF" or (self._df and parent in (self._df, self.profile.files[self._df].parent))
        if not reachable:
            self._enter(parent)
        self._forget()
        self._select_fid(self.profile.files[df])
        self._df = df

    def _select_fid(self, file: FileSpec) -> None:
        self._answers.select(file.label, file.fid)

    def _prove(self, names: tuple[str, ...] | None, file: FileSpec, *, for_update: bool) -> None:
        if names is None:
            raise AccessDeniedError(what=file.label, reason=_("no key opens it on an issued card"))
        if self._held.issuperset(names):
            return
        self._held = frozenset()
        for name in names:
            key = self.profile.keys[name]
            if for_update:
                self._guard_tries(key, file)
            self._authenticate(key, file, for_update=for_update)
        self._held = frozenset(names)

    def _keys_needed(self, rule: AccessRule) -> tuple[str, ...] | None:
        if rule not in self._needed:
            self._needed[rule] = keys_needed(rule)
        return self._needed[rule]

    def _guard_tries(self, key: KeySpec, file: FileSpec) -> None:
        if key.held == "province" and not self.sam_is_of_this_province:
            raise AccessDeniedError(what=file.label, reason=_("the SAM is of another province than the card"))

    def _authenticate(self, key: KeySpec, file: FileSpec, *, for_update: bool) -> None:
        """EXTERNAL AUTHENTICATE with the value that the SAM computes.  # spec: terminal_interface 6.2, 6.3"""
        random = self._challenge() if for_update else TERMINAL_RANDOM
        version = self.key_version if key.versions > 1 else KEY_VERSION
        value = self._sam.authentication_value(key, self.factors, self._challenge(), random, version)
        body = value + random + bytes((version,))
        command = CommandApdu(0x00, 0x82, 0x00, key.reference, body)
        self._answers.check("external_authenticate", f"{file.label} ({key.name})", command)

    def _challenge(self) -> bytes:
        return self._answers.check("get_challenge", "-", _GET_CHALLENGE)


def _command(header: bytes, data: bytes) -> CommandApdu:
    cla, ins, p1, p2 = header
    return CommandApdu(cla, ins, p1, p2, data)
