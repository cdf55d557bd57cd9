"""Non-volatile memory: named cells of bytes, written by one function inside a transaction.

A commit first writes a journal, then marks it complete, then copies it into the cells. Whatever step the
power fails at, power-on finds the state before the transaction or the one after it: an incomplete journal is
thrown away, a complete one is copied again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType

from card_os.iso7816.status import SW
from card_os.kernel.refusal import Refused

Step = Callable[[str], None]
Keep = Callable[[Mapping[str, bytes]], None]


class PowerLoss(BaseException):
    """The power fails at a write step. No command may catch it: it ends at the reader's side."""


def _no_fault(step: str) -> None:
    """Let every write step happen."""


class Memory:
    """The cells of one card. `on_step` is called before each physical write and may raise PowerLoss.

    `keep`, where there is one, takes all cells as they are after a transaction at the moment in which it
    becomes permanent; it may raise OSError, and then the transaction did not happen.
    """

    def __init__(self, cells: Mapping[str, bytes] | None = None, on_step: Step = _no_fault) -> None:
        self._cells = dict(cells or {})
        self._staged: dict[str, bytes | None] | None = None
        self._journal: list[tuple[str, bytes | None]] = []
        self._journal_complete = False
        self._transaction = _Transaction(self)
        self.on_step = on_step
        self.keep: Keep | None = None

    def __contains__(self, cell: str) -> bool:
        if self._staged and cell in self._staged:
            return self._staged[cell] is not None
        return cell in self._cells

    def has_any(self, cells: frozenset[str]) -> bool:
        """Whether at least one of the cells is there."""
        if self._staged:
            return any(cell in self for cell in cells)
        return not self._cells.keys().isdisjoint(cells)

    def read(self, cell: str) -> bytes:
        """The bytes of a cell as the running transaction sees them; KeyError where it was never written."""
        if self._staged and cell in self._staged:
            value = self._staged[cell]
            if value is None:
                raise KeyError(cell)
            return value
        return self._cells[cell]

    def write(self, cell: str, data: bytes, offset: int = 0) -> None:
        """Write bytes into an existing cell from `offset` on. Only inside a transaction."""
        old = self.read(cell)
        self._stage(cell, old[:offset] + data + old[offset + len(data) :])

    def put(self, cell: str, data: bytes) -> None:
        """Make `data` the whole content of a cell. Only inside a transaction."""
        self._stage(cell, data)

    def erase(self, cell: str) -> None:
        """Remove a cell. Only inside a transaction."""
        self._stage(cell, None)

    def _stage(self, cell: str, value: bytes | None) -> None:
        # the one way to card memory
        if self._staged is None:
            raise RuntimeError("card memory is written inside a transaction only")
        self._staged[cell] = value

    def transaction(self) -> _Transaction:
        """Commit what was written when the block ends, drop it when the block raises."""
        return self._transaction

    def commit(self) -> None:
        """Make what was written so far permanent; the transaction goes on.

        A verification calls this between taking the try and comparing. Raises 6581 where it cannot be kept.
        """
        if not self._staged:
            return
        for cell, value in self._staged.items():
            self.on_step(f"journal {cell}")
            self._journal.append((cell, value))
        self.on_step("journal complete")
        self._keep_journal()
        self._journal_complete = True
        self._copy_journal(self.on_step)
        self._staged = {}

    def _keep_journal(self) -> None:
        if self.keep is None:
            return
        try:
            self.keep(_after(self._cells, self._journal))
        except OSError as error:
            self._journal.clear()
            raise Refused(SW.MEMORY_FAILURE) from error
        except BaseException:
            self._journal.clear()
            raise

    def recover(self) -> None:
        """What power-on does first: finish a complete journal, forget an incomplete one."""
        if self._journal_complete:
            self._copy_journal(_no_fault)
        self._journal.clear()

    def _copy_journal(self, on_step: Step) -> None:
        for cell, value in self._journal:
            on_step(f"cell {cell}")
            if value is None:
                self._cells.pop(cell, None)
            else:
                self._cells[cell] = value
        on_step("journal empty")
        self._journal_complete = False
        self._journal.clear()

    def snapshot(self) -> dict[str, bytes]:
        """All cells as the next power-on will find them."""
        return _after(self._cells, self._journal if self._journal_complete else ())


class _Transaction:
    """The block of a transaction; one value a memory, for every command of the card opens one."""

    __slots__ = ("_memory",)

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def __enter__(self) -> None:
        if self._memory._staged is not None:
            raise RuntimeError("transactions do not nest")
        self._memory._staged = {}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        memory = self._memory
        try:
            if kind is None and memory._staged:
                memory.commit()
        finally:
            memory._staged = None


def _after(cells: Mapping[str, bytes], journal: Iterable[tuple[str, bytes | None]]) -> dict[str, bytes]:
    """The cells once a journal is copied into them."""
    found = dict(cells)
    for cell, value in journal:
        if value is None:
            found.pop(cell, None)
        else:
            found[cell] = value
    return found
