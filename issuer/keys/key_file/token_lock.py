"""A PKCS#11 token as the lock of a key file: the key-encryption key is made in the token and never leaves it.

The token knows AES only, so that keys of cards are in the memory of this process while it works; at rest they
open with the token and its PIN. When keys are destroyed, the key-encryption key goes too, and another one
takes its place: then no copy of the former file opens any more.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Protocol

from card_os.spec.errors import Phrase
from issuer.keys.key_file.errors import LockBrokenError, TokenError, TokenLibraryMissingError
from issuer.keys.key_file.locks import KEY_LENGTH, NONCE_LENGTH, TAG_LENGTH

KIND = "pkcs11"
MODULE_VARIABLE = "RHC_PKCS11_MODULE"
DEFAULT_MODULE = "/usr/lib/softhsm/libsofthsm2.so"
_ID_LENGTH = 16


class _Key(Protocol):
    """What is used of a key of python-pkcs11, which leaves these methods to its classes at run time."""

    def __getitem__(self, attribute: object) -> bytes: ...

    def encrypt(self, data: bytes, *, mechanism: object, mechanism_param: object) -> bytes: ...

    def decrypt(self, data: bytes, *, mechanism: object, mechanism_param: object) -> bytes: ...

    def destroy(self) -> None: ...


class _Session(Protocol):
    """What is used of a session of python-pkcs11."""

    def get_objects(self, attrs: Mapping[object, object]) -> Iterable[_Key]: ...

    def generate_key(
        self,
        key_type: object,
        key_length: int,
        *,
        id: bytes,
        label: str,
        store: bool,
        template: Mapping[object, object],
    ) -> _Key: ...

    def close(self) -> None: ...


class TokenLock:
    """The lock of a token, open until `close`. All keys that it ever had bear the label of its `series`."""

    def __init__(self, token: str, series: str, session: _Session, key: _Key, key_id: bytes) -> None:
        self._token, self._series, self._session = token, series, session
        self._key, self._id = key, key_id

    @classmethod
    def make(cls, token: str, pin: str) -> TokenLock:
        """A new key-encryption key in the token with this label.

        Raises TokenError, TokenLibraryMissingError.
        """
        return cls._with_new_key(token, f"rhc {secrets.token_hex(_ID_LENGTH)}", _session(token, pin))

    @classmethod
    def unlock(cls, described: Mapping[str, object], pin: str) -> TokenLock:
        """The lock that a file describes; raises TokenError, TokenLibraryMissingError and LockBrokenError."""
        token, series = str(described.get("token")), str(described.get("series"))
        try:
            key_id = bytes.fromhex(str(described.get("key")))
        except ValueError:
            raise LockBrokenError from None
        session = _session(token, pin)
        found = [key for number, key in _keys(token, session, series) if number == key_id]
        if len(found) != 1:
            session.close()
            raise TokenError(token=token, reason=Phrase("the key of this file is not in the token"))
        return cls(token, series, session, found[0], key_id)

    def describe(self) -> Mapping[str, object]:
        """See Lock."""
        return {"kind": KIND, "token": self._token, "series": self._series, "key": self._id.hex()}

    def seal(self, context: bytes, plain: bytes) -> bytes:
        """See Lock."""
        pkcs11, nonce = _pkcs11(), secrets.token_bytes(NONCE_LENGTH)
        parameters = pkcs11.GCMParams(nonce, context, 8 * TAG_LENGTH)
        try:
            sealed = self._key.encrypt(plain, mechanism=pkcs11.Mechanism.AES_GCM, mechanism_param=parameters)
        except pkcs11.PKCS11Error as error:
            raise _failed(self._token, error) from None
        return nonce + bytes(sealed)

    def open(self, context: bytes, sealed: bytes) -> bytes:
        """See Lock."""
        if len(sealed) < NONCE_LENGTH + TAG_LENGTH:
            raise LockBrokenError
        pkcs11 = _pkcs11()
        parameters = pkcs11.GCMParams(sealed[:NONCE_LENGTH], context, 8 * TAG_LENGTH)
        try:
            opened = self._key.decrypt(
                sealed[NONCE_LENGTH:], mechanism=pkcs11.Mechanism.AES_GCM, mechanism_param=parameters
            )
        except pkcs11.PKCS11Error:
            raise LockBrokenError from None
        return bytes(opened)

    def renewed(self) -> TokenLock:
        """See Lock."""
        return self._with_new_key(self._token, self._series, self._session)

    def forget_former(self) -> None:
        """See Lock."""
        for number, key in _keys(self._token, self._session, self._series):
            if number != self._id:
                key.destroy()

    def discard(self) -> None:
        """See Lock."""
        for _number, key in _keys(self._token, self._session, self._series):
            key.destroy()

    def close(self) -> None:
        """See Lock."""
        self._session.close()

    @classmethod
    def _with_new_key(cls, token: str, series: str, session: _Session) -> TokenLock:
        pkcs11, key_id = _pkcs11(), secrets.token_bytes(_ID_LENGTH)
        kept_inside = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}
        try:
            key = session.generate_key(
                pkcs11.KeyType.AES, 8 * KEY_LENGTH, id=key_id, label=series, store=True, template=kept_inside
            )
        except pkcs11.PKCS11Error as error:
            raise _failed(token, error) from None
        return cls(token, series, session, key, key_id)


def _keys(token: str, session: _Session, series: str) -> list[tuple[bytes, _Key]]:
    pkcs11 = _pkcs11()
    attribute, kind = pkcs11.Attribute, pkcs11.ObjectClass.SECRET_KEY
    try:
        found = list(session.get_objects({attribute.CLASS: kind, attribute.LABEL: series}))
        return [(bytes(key[attribute.ID]), key) for key in found]
    except pkcs11.PKCS11Error as error:
        raise _failed(token, error) from None


def _session(token: str, pin: str) -> _Session:
    pkcs11 = _pkcs11()
    module = os.environ.get(MODULE_VARIABLE) or DEFAULT_MODULE
    try:
        library = pkcs11.lib(module)
    except pkcs11.PKCS11Error:
        reason = Phrase(
            "{file} is no PKCS#11 module that can be loaded; set {name}", file=module, name=MODULE_VARIABLE
        )
        raise TokenError(token=token, reason=reason) from None
    try:
        opened: _Session = library.get_token(token_label=token).open(rw=True, user_pin=pin)
    except pkcs11.NoSuchToken:
        raise TokenError(token=token, reason=Phrase("there is no token with this label")) from None
    except (pkcs11.PinIncorrect, pkcs11.PinLenRange, pkcs11.PinInvalid):
        raise TokenError(token=token, reason=Phrase("the PIN is wrong")) from None
    except pkcs11.PinLocked:
        raise TokenError(token=token, reason=Phrase("the PIN is locked")) from None
    except pkcs11.PKCS11Error as error:
        raise _failed(token, error) from None
    return opened


def _failed(token: str, error: Exception) -> TokenError:
    return TokenError(token=token, reason=Phrase("the token answers {kind}", kind=type(error).__name__))


def _pkcs11() -> ModuleType:
    try:
        return import_module("pkcs11")
    except ImportError:
        raise TokenLibraryMissingError from None
