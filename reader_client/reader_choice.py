"""Which reader holds the user card and which the SAM, where nobody says so."""

from __future__ import annotations

from collections.abc import Sequence

from card_os.iso7816.atr import FACTOR_LENGTH, Atr, AtrError
from reader_client.channel import ReaderState
from reader_client.errors import NoReaderError


def find(states: Sequence[ReaderState], wanted: str) -> ReaderState:
    """The reader of that name, or the only one whose name contains it; raises NoReaderError."""
    exact = [state for state in states if state.name == wanted]
    fitting = exact or [state for state in states if wanted.lower() in state.name.lower()]
    if len(fitting) != 1:
        raise _no_reader(states, wanted)
    return fitting[0]


def user_reader(states: Sequence[ReaderState], wanted: str | None, sam_wanted: str | None) -> ReaderState:
    """The reader of the user card: the wanted one, else the first "contactless" one, not an empty one if
    there is a choice, else the first with a card of eight historical bytes.

    # spec: pcsc.md, terminal_interface 2.1
    """
    if wanted:
        return find(states, wanted)
    sam = find(states, sam_wanted) if sam_wanted else None
    free = [state for state in states if state is not sam]
    contactless = [state for state in free if "contactless" in state.name.lower()]
    contactless.sort(key=lambda state: state.atr is None)
    fitting = contactless or [state for state in free if _has_card_factor(state)]
    if not fitting:
        raise _no_reader(states, "contactless")
    return fitting[0]


def sam_reader(states: Sequence[ReaderState], wanted: str | None, sam_wanted: str | None) -> ReaderState:
    """The reader of the SAM: the wanted one, else of the others with a card the likeliest.

    A name with "SAM" comes first, then one that is not "contactless", then any.
    """
    if sam_wanted:
        return find(states, sam_wanted)
    user = user_reader(states, wanted, None)
    others = [state for state in states if state is not user and state.atr is not None]
    if not others:
        raise _no_reader(states, "SAM")
    return min(others, key=_unlikeliness)


def _unlikeliness(state: ReaderState) -> tuple[bool, bool]:
    name = state.name.lower()
    return "sam" not in name, "contactless" in name


def _has_card_factor(state: ReaderState) -> bool:
    try:
        return state.atr is not None and len(Atr.parse(state.atr).historical) == FACTOR_LENGTH
    except AtrError:
        return False


def _no_reader(states: Sequence[ReaderState], wanted: str) -> NoReaderError:
    return NoReaderError(wanted=wanted, known=", ".join(state.name for state in states) or "-")
