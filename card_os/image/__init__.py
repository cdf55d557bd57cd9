"""A whole card as one versioned, readable text, and a card that lives in such a file."""

from card_os.image.errors import ImageError, ImageFileError
from card_os.image.kept import KeptCard, open_card
from card_os.image.reader import CardImage, load, parse
from card_os.image.storage import create, read, save
from card_os.image.writer import FORMAT, ImageWriter, dump

__all__ = [
    "FORMAT",
    "CardImage",
    "ImageError",
    "ImageFileError",
    "ImageWriter",
    "KeptCard",
    "create",
    "dump",
    "load",
    "open_card",
    "parse",
    "read",
    "save",
]
