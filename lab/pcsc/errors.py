"""What can go wrong with the PC/SC stack; every text is one plain line for the person at the keyboard."""


class PcscStackError(Exception):
    """The PC/SC stack (pcscd, its virtual readers, a card in a slot) cannot do what was asked."""


class PartsMissing(PcscStackError):
    """A program or library that has to be installed is not there."""


class NotPermitted(PcscStackError):
    """The step needs rights that this user does not have."""


class NoVirtualReader(PcscStackError):
    """A pcscd runs, but none of its readers is a virtual one that we know the port of."""


class DaemonFailed(PcscStackError):
    """pcscd ended or did not answer before the deadline."""


class ReaderEntryInvalid(PcscStackError):
    """A reader entry cannot be written into a configuration file."""


class SlotTaken(PcscStackError):
    """Another card, usually of another process, is in the slot."""


class SlotUnknown(PcscStackError):
    """No slot has this reader name."""


class CardNotNoticed(PcscStackError):
    """PC/SC did not see a card come or go before the deadline."""


class ServiceUnreachable(PcscStackError):
    """A call of PC/SC failed; the text has the name of the call and the code of the error."""
