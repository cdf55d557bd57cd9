"""The arguments of checks: what kinds there are, and how a text file gives them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from card_os.spec.errors import Phrase
from card_os.spec.loader import load
from card_os.spec.model import Meaning
from lab.training.tray import entries
from reader_client.hospital.roles import Step
from reader_client.hospital.swipe_log import Result
from reader_client.visits import VisitKind

Given = Mapping[str, object]
"""The arguments of a check by name."""
RESULTS = tuple(str(result) for result in Result)
COLLECTIONS = ("allergies", "immunizations")
_MOST = 200


class ArgumentError(Exception):
    """An argument that is missing or that no check takes."""

    def __init__(self, key: str, reason: Phrase) -> None:
        super().__init__(f"{key}: {reason}")
        self.key, self.reason = key, reason


def read_arguments(
    kinds: Mapping[str, str], given: Mapping[str, object], required: Collection[str] = ()
) -> Given:
    """Arguments by their kinds (see `_KINDS`); raises ArgumentError."""
    for key in given:
        if key not in kinds:
            raise ArgumentError(key, Phrase("unknown; there are {known}", known=", ".join(sorted(kinds))))
    for key in required:
        if key not in given:
            raise ArgumentError(key, Phrase("it must be given"))
    return {key: _KINDS[kinds[key]](key, value) for key, value in given.items()}


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > _MOST:
        raise ArgumentError(key, Phrase("a text of up to {most} characters is expected", most=_MOST))
    return value


def _one_of(known: Callable[[], Collection[str]]) -> Callable[[str, object], str]:
    def read(key: str, value: object) -> str:
        if value not in known():
            raise ArgumentError(key, Phrase("one of {known} is expected", known=", ".join(known())))
        return str(value)

    return read


def _count(key: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise ArgumentError(
            key, Phrase("a whole number from {least} to {most} is expected", least=0, most=_MOST)
        )
    return value


def _flag(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ArgumentError(key, Phrase("true or false is expected"))
    return value


def _both(key: str, value: object) -> Meaning:
    if not isinstance(value, dict) or set(value) != {"zh", "en"}:
        raise ArgumentError(key, Phrase("a text in zh and one in en are expected"))
    return Meaning(_text(key, value["zh"]), _text(key, value["en"]))


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ArgumentError(key, Phrase("a list of texts is expected"))
    return tuple(_text(key, one) for one in value)


def _choices(key: str, value: object) -> tuple[Meaning, ...]:
    if not isinstance(value, list) or len(value) < 2:
        raise ArgumentError(key, Phrase("at least two texts in zh and en are expected"))
    return tuple(_both(key, one) for one in value)


def _windows() -> Collection[str]:
    from lab.training.all_windows import WINDOWS  # noqa: PLC0415  the windows know the checks' neighbours

    return tuple(WINDOWS)


def _item(key: str, value: object) -> str:
    name = _text(key, value)
    if name.rpartition(".")[2] not in load("health_card").items:
        raise ArgumentError(key, Phrase("the name of a data item is expected"))
    return name


_KINDS: Mapping[str, Callable[[str, object], object]] = {
    "text": _text,
    "texts": _texts,
    "both": _both,
    "choices": _choices,
    "count": _count,
    "flag": _flag,
    "item": _item,
    "card": _one_of(lambda: ("", *entries())),
    "window": _one_of(_windows),
    "result": _one_of(lambda: RESULTS),
    "step": _one_of(lambda: tuple(str(step) for step in Step)),
    "visit": _one_of(lambda: tuple(str(kind) for kind in VisitKind)),
    "collection": _one_of(lambda: COLLECTIONS),
    "slot": _one_of(lambda: ("card", "sam")),
}
