"""The file tree: which file a terminal reaches from where, and the contents of EFs."""

from __future__ import annotations

from collections.abc import Iterator

from card_os.iso7816 import tlv
from card_os.iso7816.status import SW
from card_os.kernel.memory import Memory
from card_os.kernel.refusal import Refused
from card_os.spec.model import FileKind, FileSpec, Profile

MF = "MF"


def cell_of(file: FileSpec) -> str:
    """The memory cell of a file's contents."""
    return f"file:{file.path}"


def absent_cell(file: FileSpec) -> str:
    """The memory cell that marks a declared file as not created."""
    return f"absent:{file.path}"


def blank_contents(profile: Profile, file: FileSpec) -> bytes:
    """What a file holds before anything was written: its items with their empty values.

    A cyclic file is preceded by one byte: the index of the newest record.
    """
    items = profile.items_of(file)
    if file.kind is FileKind.LINEAR_TLV:
        return b"".join(tlv.pack(item.tag or 0, item.blank) for item in items)
    record = b"".join(item.blank for item in items)
    if file.kind.has_records:
        records = b"".join(record.ljust(length, b"\x00") for length in file.record_lengths)
        return b"\x00" + records if file.kind is FileKind.CYCLIC else records
    return record.ljust(file.size, b"\x00")


class FileSystem:
    """The tree of a profile over the memory of one card."""

    def __init__(self, profile: Profile, memory: Memory) -> None:
        self._files = profile.files
        self._memory = memory
        self._children: dict[str, tuple[FileSpec, ...]] = {}
        for file in profile.files.values():
            self._children[file.parent] = (*self._children.get(file.parent, ()), file)
        self._absent_cells = {path: absent_cell(file) for path, file in profile.files.items()}
        self._cells = {path: cell_of(file) for path, file in profile.files.items()}
        self._parents = {path: profile.files.get(file.parent) for path, file in profile.files.items()}
        self._within_reach = {
            path: self._by_fid(file) for path, file in profile.files.items() if not file.kind.is_ef
        }
        self._places = {path: _record_places(file) for path, file in profile.files.items()}
        self._numbers = {
            path: {item.tag: item.record for item in profile.items_of(file)}
            for path, file in profile.files.items()
            if file.kind is FileKind.LINEAR_TLV
        }

    @property
    def mf(self) -> FileSpec:
        """The master file."""
        return self._files[MF]

    def __getitem__(self, path: str) -> FileSpec:
        return self._files[path]

    def df_of(self, ef: FileSpec) -> FileSpec:
        """The DF that holds an EF."""
        df = self._parents[ef.path]
        assert df is not None  # noqa: S101 - the loader lets no EF in without its DF
        return df

    def ancestors(self, df: FileSpec) -> Iterator[FileSpec]:
        """The DF itself, then its parents up to the MF."""
        current: FileSpec | None = df
        while current is not None:
            yield current
            current = self._parents[current.path]

    def by_fid(self, df: FileSpec, fid: int) -> FileSpec:
        """What SELECT by FID reaches from a current DF; raises 6A82.

        An EF only from its own DF; the DF itself, its children, and the children of every DF above it: so
        DDF1 from everywhere and DF0x from its siblings.  # spec: commands_and_crypto 1.3 rule 1
        """
        for file in self._within_reach[df.path].get(fid, ()):
            if self.exists(file):
                return file
        raise Refused(SW.FILE_NOT_FOUND)

    def _by_fid(self, df: FileSpec) -> dict[int, list[FileSpec]]:
        """The declared files that are reached from a DF, nearest first, by FID."""
        found: dict[int, list[FileSpec]] = {self.mf.fid: [self.mf]}
        for level in self.ancestors(df):
            found.setdefault(level.fid, []).append(level)
            for file in self.children(level):
                if level is df or not file.kind.is_ef:
                    found.setdefault(file.fid, []).append(file)
        return found

    def children(self, df: FileSpec) -> tuple[FileSpec, ...]:
        """The files declared right below a DF."""
        return self._children.get(df.path, ())

    def exists(self, file: FileSpec) -> bool:
        """Whether a declared file was created on this card."""
        return self._absent_cells[file.path] not in self._memory

    def by_name(self, name: bytes) -> FileSpec:
        """The DF with this name; raises 6A82."""
        for file in self._files.values():
            if file.df_name and file.df_name == name and self.exists(file):
                return file
        raise Refused(SW.FILE_NOT_FOUND)

    def by_sfi(self, df: FileSpec, sfi: int) -> FileSpec:
        """The EF of the current DF with this short identifier; raises 6A82."""
        for file in self.children(df):
            if file.sfi == sfi and self.exists(file):
                return file
        raise Refused(SW.FILE_NOT_FOUND)

    def contents(self, file: FileSpec) -> bytes:
        """All bytes of an EF, as stored."""
        return self._memory.read(self._cells[file.path])

    def write(self, file: FileSpec, offset: int, data: bytes) -> None:
        """Write into an EF; raises 6B00 or 6A84 where the place is outside."""
        if offset > file.size:
            raise Refused(SW.WRONG_OFFSET)
        if offset + len(data) > file.size:
            raise Refused(SW.NO_SPACE)
        self._memory.write(cell_of(file), data, offset)

    # --- records ----------------------------------------------------------------------------------------

    def record(self, file: FileSpec, number: int) -> bytes:
        """Record 1 to n, of a cyclic file 1 = newest; raises 6A83."""
        start, end = self._record_place(file, number)
        return self.contents(file)[start:end]

    def record_number_of(self, file: FileSpec, tag: int) -> int:
        """The number of the record with this tag; raises 6A83."""
        number = self._numbers.get(file.path, {}).get(tag)
        if number is None:
            raise Refused(SW.RECORD_NOT_FOUND)
        return number

    def update_record(self, file: FileSpec, number: int, record: bytes) -> None:
        """Replace a record of a linear file by one of the same length."""
        start, end = self._record_place(file, number)
        if len(record) != end - start:
            raise Refused(SW.WRONG_LENGTH)
        self._memory.write(cell_of(file), record, start)

    def append_cyclic(self, file: FileSpec, record: bytes) -> None:
        """Write over the oldest record and make it number 1."""
        if len(record) != file.record_lengths[0]:
            raise Refused(SW.WRONG_LENGTH)
        newest = (self.contents(file)[0] - 1) % len(file.record_lengths)
        self._memory.write(cell_of(file), record, 1 + newest * len(record))
        self._memory.write(cell_of(file), bytes((newest,)))

    def _record_place(self, file: FileSpec, number: int) -> tuple[int, int]:
        places = self._places[file.path]
        if not 1 <= number <= len(places):
            raise Refused(SW.RECORD_NOT_FOUND)
        if file.kind is FileKind.CYCLIC:
            number = (self.contents(file)[0] + number - 1) % len(places) + 1
        return places[number - 1]


def _record_places(file: FileSpec) -> tuple[tuple[int, int], ...]:
    """First byte and end of each record in the stored contents."""
    start, places = int(file.kind is FileKind.CYCLIC), []
    for length in file.record_lengths:
        places.append((start, start + length))
        start += length
    return tuple(places)
