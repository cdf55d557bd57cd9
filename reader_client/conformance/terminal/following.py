"""The state of a card as its exchanges show it: current file, rights, the challenge that is left.

It is written from the rules for terminals and knows nothing of the card's own code.
# spec: terminal_interface 3, 6, commands_and_crypto 1.3, 5.2
"""

from __future__ import annotations

from dataclasses import dataclass, field

from card_os.crypto.keys import province_factor
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.atr import Atr, AtrError
from card_os.iso7816.status import SW
from card_os.spec.model import FileKind, FileSpec, KeySpec, Profile

CITY_TAG = 0x39
_LOCAL = 0x80


@dataclass(slots=True)
class CardSeen:
    """What is known of the card. `stranded`: the last SELECT failed, and nothing is known of where it is."""

    profile: Profile
    df: FileSpec = field(init=False)
    ef: FileSpec | None = None
    stranded: bool = False
    rights: set[str] = field(default_factory=set)
    challenges: list[bytes] = field(default_factory=list)
    fresh: bool = False
    factor: bytes = b""
    province: bytes = b""
    flags: dict[tuple[str, int], bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.df = self.profile.files["MF"]

    def reset(self, atr: bytes) -> None:
        """After a reset nothing is left but what is known of the card itself."""
        self.df, self.ef, self.stranded = self.profile.files["MF"], None, False
        self.rights.clear()
        self.challenges.clear()
        self.fresh = False
        try:
            self.factor = Atr.parse(atr).card_factor
        except AtrError:
            self.factor = b""

    def found(self, fid: int) -> FileSpec | None:
        """The file that an identifier means from here, None where it means nothing."""
        files = self.profile.files.values()
        level: FileSpec | None = self.df
        while level is not None:
            if level.fid == fid:
                return level
            for file in files:
                if (
                    file.parent == level.path
                    and file.fid == fid
                    and (level is self.df or not file.kind.is_ef)
                ):
                    return file
            level = self.profile.files.get(level.parent)
        return self.profile.files["MF"] if fid == self.profile.files["MF"].fid else None

    def selected(self, file: FileSpec | None) -> None:
        """A SELECT went well; None where it is not known what it led to."""
        self.stranded = file is None
        if file is None:
            return
        if file.kind.is_ef:
            self.df, self.ef = self.profile.files[file.parent], file
            return
        # a DF drops the rights of its own depth and below
        depth = file.path.count("/")
        self.rights = {name for name in self.rights if self.profile.keys[name].df.count("/") < depth}
        self.df, self.ef = file, None

    def drawn(self, challenge: bytes) -> None:
        """A challenge came."""
        self.challenges.append(challenge)
        self.fresh = len(challenge) == 8

    def key(self, reference: int) -> KeySpec | None:
        """The key that a reference means here."""
        level: FileSpec | None = self.df
        while level is not None:
            for key in self.profile.keys.values():
                if key.df == level.path and key.reference == reference:
                    return key
            level = None if reference & _LOCAL else self.profile.files.get(level.parent)
        return None

    def read(self, apdu: CommandApdu, data: bytes) -> None:
        """Remember the city code and the marks of visits."""
        if self.ef is None:
            return
        if data[:1] == bytes((CITY_TAG,)) and len(data) == 5:
            self.province = province_factor(data[2:])
        if self.ef.kind is FileKind.LINEAR_FIXED and len(data) == 1:
            self.flags[self.ef.path, apdu.p1] = data

    def marked(self, number: int, flag: bytes) -> None:
        """A mark was written."""
        if self.ef is not None:
            self.flags[self.ef.path, number] = flag


def accepted(sw: int) -> bool:
    """Whether a status word says that all went well."""
    return sw == SW.OK or sw >> 8 == SW.BYTES_WAITING >> 8
