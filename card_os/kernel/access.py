"""The one place where the rights of an EF are checked, before anything of it is read or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from card_os.iso7816.status import SW
from card_os.kernel.refusal import Refused
from card_os.kernel.secure_messaging import open_message
from card_os.spec.access import NEVER
from card_os.spec.model import FileKind, FileSpec, Protection

if TYPE_CHECKING:
    from card_os.kernel.card import Card


def current_ef(card: Card, *kinds: FileKind, sfi: int | None = None) -> FileSpec:
    """The EF that a command means: the current one, or the one that `sfi` makes current.

    Raises 6986 without a current EF, 6A82 for an unknown identifier, 6981 for a file of another kind.
    """
    ram = card.volatile
    if sfi is not None:
        ram.ef = card.files.by_sfi(ram.df, sfi)
    if ram.ef is None:
        raise Refused(SW.NO_CURRENT_EF)
    if ram.ef.kind not in kinds:
        raise Refused(SW.WRONG_FILE_TYPE)
    return ram.ef


def update_data(card: Card, file: FileSpec, header: bytes, body: bytes, protected: bool) -> bytes:
    """The plain data of an update, once the file's right and its protection are satisfied.

    Raises 6982 without the right, 6987 for plain data where the file demands secure messaging, 6882 for
    secure messaging where it has none.
    """
    card.demand(file.update)
    if not protected:
        # the option of an index file frees its own two commands, which write one value each
        free = file.set_valid == NEVER and card.profile.options.get(file.plain_if, False)
        if file.protection is Protection.REQUIRED and not free:
            raise Refused(SW.SM_DATA_MISSING)
        return body
    if file.protection is Protection.NONE:
        raise Refused(SW.SM_NOT_SUPPORTED)
    return open_message(card, card.profile.keys[file.sm_key], header, body)
