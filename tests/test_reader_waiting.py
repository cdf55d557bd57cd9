"""Waiting for a card: what lies there is taken at once, what comes is taken when it comes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reader_client.channel import Channel, ReaderState
from reader_client.errors import CardTakenError, NoCardError, NoReaderError, ReaderClientError
from reader_client.waiting import wait_for_user_card


class Coming:
    """Readers into which a card comes after some looks; before that they answer with these errors."""

    def __init__(self, *before: ReaderClientError) -> None:
        self.before = list(before)
        self.card: Channel = object()  # type: ignore[assignment]
        self.asked: list[tuple[str | None, str | None]] = []

    def readers(self) -> tuple[ReaderState, ...]:
        return ()

    def user_card(self, reader: str | None, sam_reader: str | None) -> Channel:
        self.asked.append((reader, sam_reader))
        if self.before:
            raise self.before.pop(0)
        return self.card

    def sam(self, reader: str | None, sam_reader: str | None) -> Channel:
        raise AssertionError("nobody asks for the SAM here")

    def waited_for(self, reader: str | None = None, looks: int = 10) -> tuple[Channel, list[str]]:
        told: list[str] = []

        def look() -> Iterator[int]:
            assert told == ["put it there"]
            yield from range(looks)

        found = wait_for_user_card(
            self, reader, "sam", on_wait=lambda: told.append("put it there"), looks=look
        )
        return found, told


def none(reader: str = "A") -> NoCardError:
    return NoCardError(reader=reader)


def no_reader() -> NoReaderError:
    return NoReaderError(wanted="contactless", known="-")


def test_a_card_that_lies_there_is_taken_without_a_word() -> None:
    readers = Coming()
    assert readers.waited_for() == (readers.card, [])
    assert readers.asked == [(None, "sam")]


def test_a_card_that_comes_is_taken_at_the_look_that_shows_it() -> None:
    readers = Coming(none(), none(), none())
    assert readers.waited_for("A") == (readers.card, ["put it there"])
    assert readers.asked == [("A", "sam")] * 4


def test_a_reader_without_a_name_may_come_too() -> None:
    readers = Coming(no_reader(), no_reader(), none())
    assert readers.waited_for()[0] is readers.card


def test_a_wrong_name_does_not_wait_for_ever() -> None:
    with pytest.raises(NoReaderError):
        Coming(no_reader()).waited_for("Nothing")
    with pytest.raises(NoReaderError):
        Coming(none(), no_reader()).waited_for("A")


def test_a_card_that_another_program_holds_is_told() -> None:
    with pytest.raises(CardTakenError):
        Coming(none(), CardTakenError(reader="A")).waited_for()


def test_looks_that_end_without_a_card() -> None:
    readers = Coming(*(none() for _ in range(9)))
    with pytest.raises(NoCardError):
        readers.waited_for(looks=3)
    assert len(readers.asked) == 4
