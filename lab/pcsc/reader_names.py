"""Print the names of all readers, one a line: run as a program, it asks the pcscd that PCSCLITE_CSOCK_NAME
names."""

import sys

from smartcard import scard


def main() -> int:
    """Ask once; 0 when PC/SC answered, with or without readers."""
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    if code != scard.SCARD_S_SUCCESS:
        return 1
    code, readers = scard.SCardListReaders(context, [])
    scard.SCardReleaseContext(context)
    if code not in {scard.SCARD_S_SUCCESS, scard.SCARD_E_NO_READERS_AVAILABLE}:
        return 1
    for reader in readers or []:
        print(reader)
    return 0


if __name__ == "__main__":
    sys.exit(main())
