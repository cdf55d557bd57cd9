"""What a test can ask of its cards that cannot be; each text is one plain line for who wrote the test."""

from card_os.spec.errors import PlainError


class CardTestingError(PlainError):
    """A test asks for what its cards or readers cannot do."""


class CardNotInReaderError(CardTestingError):
    """A card that lies beside the readers."""

    template = "the card lies in no reader; insert() puts it into one"


class CardInReaderError(CardTestingError):
    """A card that is in a reader already."""

    template = "the card is in the reader {reader!r} already; remove() takes it out"


class ReadersFullError(CardTestingError):
    """More cards than readers of their kind."""

    template = "no reader for another card is free: each of these holds one: {readers}"


class NoSwapError(CardTestingError):
    """A card is asked for that a plan of faults never put in."""

    template = "no other card was put in: the plan in force has not swapped the card"


class MarkerError(CardTestingError):
    """A marker of the plugin with arguments that it does not take."""

    template = "@pytest.mark.{marker}: {reason}"
