"""Which national roots a reader believes: public keys of 64 bytes by the ids of the roots.

In the environment TEST these are the published test root and what is given besides; in PROD only what is
given, and without that nobody is believed. Roots are given as text files of the form `rhc-trust/1`:

    rhc-trust/1
    # one root in a line: its id, up to 16 digits, and its public key x ‖ y, 128 hex digits
    1000000000000001 5A…

A path names one such file, or a directory whose files ending in `.trust` are taken together.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from card_os.crypto import sm2
from card_os.spec.certificate import ID_DIGITS, published_test_trust
from card_os.spec.errors import Phrase
from language import cause
from reader_client.errors import ReaderClientError

FORMAT = "rhc-trust/1"
VARIABLE = "RHC_TRUST"
ENDING = ".trust"
_MOST_BYTES = 1 << 20
_COMMENT = "#"


class TrustError(ReaderClientError):
    """Roots that cannot be believed as they are given; `place` is a file, or a line of one."""

    template = "{place}: {reason}"


def trusted_roots(given: Mapping[str, bytes], *, test: bool) -> dict[str, bytes]:
    """The roots of an environment; raises TrustError.

    A published private key vouches for nobody: its root is refused outside TEST. In TEST nobody puts another
    key in its place.
    """
    published = published_test_trust()
    for root, key in given.items():
        if not test and key in published.values():
            raise TrustError(place=root, reason=Phrase("the test root is no root outside TEST"))
        if test and published.get(root, key) != key:
            raise TrustError(place=root, reason=Phrase("this is the id of the test root, with another key"))
    return {**given, **published} if test else dict(given)


def read_trust(path: Path) -> dict[str, bytes]:
    """The roots in a file, or in the files of a directory; raises TrustError.

    The same root may stand in several files, with the same key.
    """
    try:
        is_directory = path.is_dir()
        paths = sorted(one for one in path.iterdir() if one.suffix == ENDING) if is_directory else [path]
    except OSError as error:
        raise TrustError(place=path, reason=cause(error)) from error
    roots: dict[str, bytes] = {}
    for one in paths:
        for place, root, key in _read_file(one):
            if roots.setdefault(root, key) != key:
                raise TrustError(place=place, reason=Phrase("root {root} has two keys", root=root))
    if not roots:
        raise TrustError(place=path, reason=Phrase("there is no root in it"))
    return roots


def _read_file(path: Path) -> Iterator[tuple[str, str, bytes]]:
    lines = _text(path).splitlines()
    if not lines or lines[0].strip() != FORMAT:
        raise TrustError(place=path, reason=Phrase("its first line is not {format}", format=FORMAT))
    for number, line in enumerate(lines[1:], start=2):
        words = line.partition(_COMMENT)[0].split()
        if words:
            place = f"{path}:{number}"
            yield place, *_root(place, words)


def _root(place: str, words: list[str]) -> tuple[str, bytes]:
    if len(words) != 2:
        raise TrustError(place=place, reason=Phrase("an id and a public key are expected"))
    root, digits = words
    if not (root.isascii() and root.isdigit() and len(root) <= ID_DIGITS):
        raise TrustError(
            place=place, reason=Phrase("the id of a root has up to {most} digits", most=ID_DIGITS)
        )
    try:
        key = bytes.fromhex(digits)
    except ValueError:
        key = b""
    if not sm2.is_public_key(key):
        reason = Phrase("a public key is a point of the curve of SM2 in 128 hex digits")
        raise TrustError(place=place, reason=reason)
    return root, key


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & stat.S_IWOTH:
                raise TrustError(place=path, reason=Phrase("anybody may write to this file"))
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise TrustError(place=path, reason=cause(error)) from error
    if len(raw) > _MOST_BYTES:
        raise TrustError(place=path, reason=Phrase("it has more than {most} bytes", most=_MOST_BYTES))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TrustError(place=path, reason=Phrase("the file is not in UTF-8")) from None
