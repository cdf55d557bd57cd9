"""What happens inside a card, as its exchanges with the reader show it: for the panel that can be opened."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import count
from threading import Lock

from card_os.spec.model import KeySpec
from card_os.trace import Exchange, Explainer, Explanation
from lab.shell.card_view import CardView
from lab.shell.tree import TreeRow, tree_rows
from lab.training.feed import Feed

_KEPT = 600
_ORDER = count()


@dataclass(frozen=True, slots=True)
class TraceLine:
    """An exchange in words, and whether it was with the card or the SAM; `number` gives the order."""

    name: str
    words: Explanation
    number: int = 0


class Watched:
    """One slot, watched: its exchanges since the card came in, and the view that they give of the card."""

    def __init__(self, view: CardView, feed: Feed, name: str) -> None:
        """`name` is card or SAM, as the trace calls it."""
        self.view, self.name = view, name
        self._feed = feed
        self._lock = Lock()
        self._exchanges: deque[tuple[int, Exchange]] = deque(maxlen=_KEPT)
        self._held: frozenset[str] = frozenset()
        view.listeners.append(self._told)

    def begin(self) -> None:
        """Another card: what was seen of the one before is over, no key is held any more."""
        with self._lock:
            self._exchanges.clear()
        self.view.told(Exchange(b"", b"", 0.0))
        with self._lock:
            self._exchanges.clear()

    def explained(self, last: int) -> list[TraceLine]:
        """The last exchanges in words, in the language of whoever asks."""
        with self._lock:
            exchanges = list(self._exchanges)
        explainer = Explainer(self.view.profile, values=True)
        lines = [TraceLine(self.name, explainer.explain(one), number) for number, one in exchanges]
        return lines[-last:]

    @property
    def held(self) -> frozenset[str]:
        """The keys that are proved now."""
        return self.view.held

    def tree(self) -> list[TreeRow]:
        """The files, with what opens them now."""
        return tree_rows(self.view.profile, self.view.held, self.view.current.path)

    def locks(self) -> list[tuple[KeySpec, bool]]:
        """The keys by which files of this card open, each with whether it is proved now."""
        profile = self.view.profile
        used = {
            name
            for file in profile.files.values()
            if file.kind.is_ef
            for rule in (file.read, file.update)
            for name in rule.key_names()
        }
        return [(key, key.name in self.view.held) for key in profile.keys.values() if key.name in used]

    def _told(self, exchange: Exchange) -> None:
        with self._lock:
            self._exchanges.append((next(_ORDER), exchange))
        if exchange.is_reset and not exchange.response:
            return  # a card that came or went, no exchange
        if self.view.last is not None:
            self._feed.tell("trace", TraceLine(self.name, self.view.last))
        if self.view.held != self._held:
            self._held = self.view.held
            self._feed.tell("rights")
