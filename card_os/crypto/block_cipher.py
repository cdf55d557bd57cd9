"""Block ciphers of 128 bits behind one small interface.

SM4 stands in for SM1, which is unpublished and exists in hardware only: ciphertexts never match a real
card's, so that a test card can never pass for one.  # spec: commands_and_crypto 3.3, 7.1

A card enciphers single blocks, each under another key, where making a context of OpenSSL costs ten times the
cipher. Where the library of `sm2` is installed, it enciphers those.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Protocol, cast

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 16
_ZERO_BLOCK = bytes(BLOCK)
_ECB = modes.ECB()  # noqa: S305  the standard enciphers records block by block


class UnpublishedAlgorithmError(Exception):
    """An algorithm whose description is not public and that software cannot compute."""


class BlockCipher128(Protocol):
    """A cipher with blocks and keys of 16 bytes."""

    name: str

    def encrypt_ecb(self, key: bytes, data: bytes) -> bytes:
        """Encipher whole blocks, each on its own."""
        ...

    def decrypt_ecb(self, key: bytes, data: bytes) -> bytes:
        """Undo `encrypt_ecb`."""
        ...

    def cbc_mac(self, key: bytes, iv: bytes, data: bytes) -> bytes:
        """The last block of CBC over whole blocks, 16 bytes."""
        ...


def _sm4_counter_mode() -> Callable[[bytes, bytes, bytes], bytes] | None:
    """CTR of another library: key, first counter block, data; None where it is not installed."""
    try:
        return cast(Callable[[bytes, bytes, bytes], bytes], import_module("gmssl_pyx").sm4_ctr_encrypt)
    except ImportError:
        return None


_counter_mode = _sm4_counter_mode()


class _Sm4:
    name = "SM4"

    def encrypt_ecb(self, key: bytes, data: bytes) -> bytes:
        if len(data) == len(key) == BLOCK and _counter_mode is not None:
            # of zeros CTR gives the enciphered counter itself
            return _counter_mode(key, data, _ZERO_BLOCK)
        encryptor = Cipher(algorithms.SM4(key), _ECB).encryptor()
        return encryptor.update(data) + encryptor.finalize()

    def decrypt_ecb(self, key: bytes, data: bytes) -> bytes:
        decryptor = Cipher(algorithms.SM4(key), _ECB).decryptor()
        return decryptor.update(data) + decryptor.finalize()

    def cbc_mac(self, key: bytes, iv: bytes, data: bytes) -> bytes:
        encryptor = Cipher(algorithms.SM4(key), modes.CBC(iv)).encryptor()
        return (encryptor.update(data) + encryptor.finalize())[-BLOCK:]


class _Sm1:
    name = "SM1"

    @staticmethod
    def _refuse() -> UnpublishedAlgorithmError:
        return UnpublishedAlgorithmError("SM1 is unpublished and exists in hardware only; use SM4")

    def encrypt_ecb(self, key: bytes, data: bytes) -> bytes:
        raise self._refuse()

    def decrypt_ecb(self, key: bytes, data: bytes) -> bytes:
        raise self._refuse()

    def cbc_mac(self, key: bytes, iv: bytes, data: bytes) -> bytes:
        raise self._refuse()


SM4: BlockCipher128 = _Sm4()
SM1: BlockCipher128 = _Sm1()
_BY_NAME = {cipher.name: cipher for cipher in (SM4, SM1)}


def cipher_named(name: str) -> BlockCipher128:
    """The cipher that a profile names; raises KeyError for a name that nobody declared."""
    return _BY_NAME[name]
