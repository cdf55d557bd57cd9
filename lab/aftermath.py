"""What follows a fault at the reader: a card that fell out is seen to, in a thread of its own.

The thread that uses a card may not wait for its reader, for the reader waits for that thread.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from card_os.faults import Strike

Act = Callable[[str, Strike], None]
Failed = Callable[[Exception], None]


class Aftermath:
    """Hears of strikes and lets `act` see to them one after the other, by the name of the card.

    `failed` hears of what `act` could not do. As a context manager it ends its thread, after the last strike.
    """

    def __init__(self, act: Act, failed: Failed) -> None:
        self._act, self._failed = act, failed
        self._strikes: queue.SimpleQueue[tuple[str, Strike] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="aftermath of faults", daemon=True)

    def of(self, card: str) -> Callable[[Strike], None]:
        """What a FaultyCard tells its strikes to."""
        return lambda strike: self._strikes.put((card, strike))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._strikes.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (told := self._strikes.get()) is not None:
            try:
                self._act(*told)
            except Exception as error:
                self._failed(error)
