"""What a card must remember, followed from outside: current file, rights, challenge, pending answer.

The rules are the card's own (`kernel.volatile`, `kernel.file_system`), driven here by what was answered.
"""

from __future__ import annotations

from card_os.crypto.block_cipher import cipher_named
from card_os.iso7816.apdu import CommandApdu, ResponseApdu
from card_os.iso7816.status import SW, tries_left
from card_os.kernel.commands.get_challenge import USABLE_LENGTH
from card_os.kernel.commands.lock_data import APPLICATION
from card_os.kernel.commands.read_binary import binary_place
from card_os.kernel.file_system import FileSystem
from card_os.kernel.keys import SECURE_MESSAGING, KeyStore
from card_os.kernel.memory import Memory
from card_os.kernel.refusal import Refused
from card_os.kernel.secure_messaging import is_protected
from card_os.kernel.volatile import DeliveredKey, Volatile
from card_os.spec.key_record import TRANSPORT_KEY
from card_os.spec.model import CommandSpec, FileSpec, KeySpec, Profile

FILE_COMMANDS = (
    "read_binary",
    "read_record",
    "update_binary",
    "update_record",
    "append_record",
    "write_record",
    "erase_record",
)
_OF_THE_APPLICATION = ("reload_pin", "pin_unblock")
_OF_THE_DF = ("application_block", "application_unblock", "card_block")
# after these answers to secure messaging the challenge is gone; before them the card did not look at it
_CHALLENGE_TAKEN = (SW.OK, SW.SM_DATA_MISSING, SW.SM_DATA_WRONG, SW.WRONG_DATA)
_BINARY = ("read_binary", "update_binary")
_CHAINED = 0x02  # P1 of 80FA: more follows; spec: commands_and_crypto 2.4


class Following:
    """The state of one card, as far as its exchanges show it."""

    def __init__(self, profile: Profile) -> None:
        memory = Memory()
        self.profile = profile
        self.files = FileSystem(profile, memory)
        self.keys = KeyStore(profile, memory, self.files, cipher_named(profile.cipher))
        self.reset()

    def reset(self) -> None:
        """Everything volatile is gone."""
        self.ram = Volatile(df=self.files.mf)
        self.lost: dict[str, FileSpec | None] = {}
        self.challenge_user: CommandSpec | None = None
        self.challenge_was_short = False
        self.awaited: tuple[CommandSpec, CommandApdu] | None = None

    # --- what a command means ---------------------------------------------------------------------------

    def ef_of(self, spec: CommandSpec, apdu: CommandApdu) -> FileSpec | None:
        """The EF that a command works on: the current one, or the one of its short identifier."""
        sfi = self.sfi_of(spec, apdu)
        if sfi is None:
            return self.ram.ef
        try:
            return self.files.by_sfi(self.ram.df, sfi)
        except Refused:
            return None

    @staticmethod
    def sfi_of(spec: CommandSpec, apdu: CommandApdu) -> int | None:
        """The short identifier in a command, None where it has none."""
        if spec.name in _BINARY:
            try:
                return binary_place(apdu)[0]
            except Refused:
                return None
        if (spec.name, apdu.p2 & 0x07) in (("read_record", 0x04), ("append_record", 0x00)):
            return apdu.p2 >> 3 or None
        return None

    def selected_by(self, apdu: CommandApdu) -> FileSpec | None:
        """The file that SELECT means from here, None where the declaration has none."""
        try:
            if apdu.p1 == 0x04:
                return self.files.by_name(apdu.data)
            fid = int.from_bytes(apdu.data, "big") if apdu.data else self.files.mf.fid
            return self.files.by_fid(self.ram.df, fid)
        except Refused:
            return None

    def key_of(self, reference: int) -> KeySpec | None:
        """The card key that P2 of an authentication means from here."""
        try:
            return self.keys.by_reference(self.ram.df, reference)
        except Refused:
            return None

    def sam_key_of(self, p2: int) -> KeySpec | None:
        """The key that P2 of 80DE means: bits 5 to 1 are its id.  # spec: commands_and_crypto 2.3"""
        return next((key for key in self.profile.sam_keys.values() if key.sam_id == p2 & 0x1F), None)

    def protecting_key(self, spec: CommandSpec, apdu: CommandApdu) -> str:
        """The key of the secure messaging of a command, empty where it is plain or the key is not known."""
        if not apdu.data:
            return ""
        if spec.name in _OF_THE_APPLICATION:
            return self._messaging_key(self.files[APPLICATION])
        if not is_protected(apdu):
            return ""
        if spec.name == "write_key":
            return TRANSPORT_KEY
        if spec.name in _OF_THE_DF:
            return self._messaging_key(self.ram.df)
        file = self.ef_of(spec, apdu) if spec.name in FILE_COMMANDS else None
        return file.sm_key if file is not None else ""

    def _messaging_key(self, df: FileSpec) -> str:
        try:
            return self.keys.by_role(df, SECURE_MESSAGING).name
        except Refused:
            return ""

    # --- what an answer changes -------------------------------------------------------------------------

    def follow(self, spec: CommandSpec, apdu: CommandApdu, response: ResponseApdu) -> None:
        """Take over what this exchange changed in the card."""
        waiting = response.sw >> 8 == SW.BYTES_WAITING >> 8
        if spec.name != "get_response":
            self.awaited = (spec, apdu) if waiting else None
        if self.sfi_of(spec, apdu) is not None:
            self.ram.ef = self.ef_of(spec, apdu) or self.ram.ef
        if self.protecting_key(spec, apdu) and response.sw in _CHALLENGE_TAKEN:
            self._take_challenge(spec)
        if not (response.ok or waiting):
            self.ram.delivered = None
        if spec.name == "select" and (response.ok or waiting):
            self._after_select(self.selected_by(apdu))
        elif spec.name == "get_challenge" and response.ok:
            usable = len(response.data) == USABLE_LENGTH
            self.ram.challenge = response.data if usable else None
            self.challenge_was_short, self.challenge_user = not usable, None
        elif spec.name == "external_authenticate":
            self._after_authentication(spec, self.key_of(apdu.p2), response)
        elif spec.name == "verify":
            self.ram.pin_verified = response.ok
        elif spec.name == "delivery_key":
            key = self.sam_key_of(apdu.p2) if response.ok else None
            self.ram.delivered = DeliveredKey(key, b"") if key is not None else None
        elif spec.name == "cipher_data" and not apdu.p1 & _CHAINED:
            self.ram.delivered = None

    def _after_select(self, file: FileSpec | None) -> None:
        if file is None:  # a card with another tree
            self.ram.ef = None
            return
        held = self.ram.keys
        if file.kind.is_ef:
            self.ram.select(file, self.files[file.parent])
        else:
            self.ram.select(file, None)
        self.lost |= dict.fromkeys(held - self.ram.keys, file)

    def _after_authentication(self, spec: CommandSpec, key: KeySpec | None, response: ResponseApdu) -> None:
        failed = tries_left(response.sw) is not None or response.sw == SW.METHOD_BLOCKED
        if not (response.ok or failed):
            return
        self._take_challenge(spec)
        if key is None:
            return
        if response.ok:
            self.ram.grant(key)
            self.lost.pop(key.name, None)
        else:
            if key.name in self.ram.keys:
                self.lost[key.name] = None
            self.ram.revoke(key)

    def _take_challenge(self, spec: CommandSpec) -> None:
        if self.ram.take_challenge() is not None:
            self.challenge_user = spec
