"""What can be wrong with a key file. No text shows a key, a passphrase or a PIN."""

from __future__ import annotations

from card_os.spec.errors import PlainError


class KeyFileError(PlainError):
    """A key file that cannot be read or written, or is none."""

    template = "{file}: {reason}"


class KeyFileModeError(KeyFileError):
    """A key file that others may open."""

    template = "{file}: others than its owner may open it (mode {mode}); make it 600 and think who read it"


class KeyFileLockedError(KeyFileError):
    """A passphrase or PIN that does not open the file."""

    template = "{file}: the passphrase or PIN is wrong, or the head of the file was changed"


class KeyFileAlteredError(KeyFileError):
    """A record or line that was changed, moved, taken out, or comes from another file."""

    template = "{file} line {line}: changed, moved or from another file; nothing of this file can be trusted"


class PassphraseRefusedError(PlainError):
    """A new passphrase that is too weak; the text never shows it."""

    template = "the passphrase is refused: {least} characters at least are expected, not all alike"


class WeakLockError(PlainError):
    """A cost of the passphrase below what real keys take."""

    template = "the cost of the passphrase is below 2^{least}: it serves the environment TEST only"


class TokenError(PlainError):
    """A token that cannot be used."""

    template = "token {token}: {reason}"


class TokenLibraryMissingError(PlainError):
    """PKCS#11 is not installed here."""

    template = "a token needs the Python package python-pkcs11: install residents-health-card[hsm]"


class LockBrokenError(Exception):
    """What a lock was given was not sealed by it, or for another place; the file says where."""
