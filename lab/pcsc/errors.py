"""What can go wrong with the PC/SC stack; every text is one plain line for the person at the keyboard."""

from card_os.spec.errors import PlainError


class PcscStackError(PlainError):
    """The PC/SC stack (pcscd, its virtual readers, a card in a slot) cannot do what was asked."""


class PartsMissing(PcscStackError):
    """A program or library that has to be installed is not there."""


class NotPermitted(PcscStackError):
    """The step needs rights that this user does not have."""


class NoVirtualReader(PcscStackError):
    """A pcscd runs, but none of its readers is a virtual one that we know the port of."""

    template = (
        "the pcscd that runs has no virtual reader: stop it and start again, install vsmartcard-vpcd "
        "and restart it, or use --in-process"
    )


class DaemonFailed(PcscStackError):
    """pcscd ended or did not answer before the deadline."""


class ReaderEntryInvalid(PcscStackError):
    """A reader entry cannot be written into a configuration file."""


class SlotTaken(PcscStackError):
    """Another card, usually of another process, is in the slot."""


class SlotUnknown(PcscStackError):
    """No slot has this reader name."""

    template = "there is no virtual slot {reader!r}"


class CardNotNoticed(PcscStackError):
    """PC/SC did not see a card come or go before the deadline."""


class ServiceUnreachable(PcscStackError):
    """A call of PC/SC failed; the text has the name of the call and the code of the error."""
