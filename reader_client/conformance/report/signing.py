"""The signature of a report: SM2 over its JSON, so that nobody changes a result unseen.

A key of one's own says who measured; it is made on first use and kept in a file for its owner only. The
signature proves that a report came from that key, not who owns it: compare the public key.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from card_os.crypto import sm2
from card_os.spec.errors import Phrase
from language import cause
from reader_client.conformance.report.document import Document, canonical
from reader_client.errors import ReaderClientError

FORMAT = "rhc-signing-key/1"
ALGORITHM = "SM2 with SM3, Z of the default id"
FILE_MODE, DIRECTORY_MODE = 0o600, 0o700
FILE = "conformance-key.json"
_LONGEST = 4096


class SigningKeyError(ReaderClientError):
    """A file that holds no signing key."""

    template = "signing key {file}: {reason}"


class SignatureWrongError(ReaderClientError):
    """A report that is not what was signed."""

    template = "{file}: {reason}"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key of 32 bytes and its public key of 64."""

    private: bytes = field(repr=False)
    public: bytes


def default_file() -> Path:
    """Where the key is kept: under XDG_CONFIG_HOME, else in ~/.config."""
    named = os.environ.get("XDG_CONFIG_HOME")
    return (Path(named) if named else Path.home() / ".config") / "residents-health-card" / FILE


def signing_key(path: Path) -> SigningKey:
    """The key in a file; a new one is made where there is no file.

    Raises SigningKeyError, and Sm2UnavailableError where the library for SM2 is missing.
    """
    try:
        raw = path.read_bytes()[: _LONGEST + 1]
    except FileNotFoundError:
        return _made(path)
    except OSError as error:
        raise SigningKeyError(file=path, reason=cause(error)) from None
    try:
        table = json.loads(raw)
        private = bytes.fromhex(table["private"]) if table["format"] == FORMAT else b""
        return SigningKey(private, sm2.public_key(private))
    except (ValueError, TypeError, KeyError):
        raise SigningKeyError(file=path, reason=Phrase("it holds no key of this program")) from None


def _made(path: Path) -> SigningKey:
    pair = sm2.generate_key_pair()
    text = json.dumps({"format": FORMAT, "private": pair.private.hex(), "public": pair.public.hex()})
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=DIRECTORY_MODE)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text + "\n")
    except OSError as error:
        raise SigningKeyError(file=path, reason=cause(error)) from None
    return SigningKey(pair.private, pair.public)


def signed(report: Document, key: SigningKey) -> Document:
    """The report with its signature; raises Sm2UnavailableError."""
    digest = sm2.message_digest(key.public, canonical(report))
    value = sm2.sign_digest(key.private, digest)
    signature = {"algorithm": ALGORITHM, "public_key": key.public.hex().upper(), "value": value.hex().upper()}
    return {**report, "signature": signature}


def verified(report: Document, file: Path) -> str:
    """The public key that signed a report, 128 hex digits; raises SignatureWrongError."""
    signature = report.get("signature")
    if not isinstance(signature, dict):
        raise SignatureWrongError(file=file, reason=Phrase("it is not signed"))
    try:
        public, value = bytes.fromhex(signature["public_key"]), bytes.fromhex(signature["value"])
    except (KeyError, TypeError, ValueError):
        raise SignatureWrongError(file=file, reason=Phrase("its signature is broken")) from None
    if not sm2.is_public_key(public) or not sm2.verify_digest(
        public, sm2.message_digest(public, canonical(report)), value
    ):
        raise SignatureWrongError(file=file, reason=Phrase("the signature is wrong"))
    return public.hex().upper()
