"""The text of a key file, `rhc-keys/1`: lines of JSON with sorted names, hex for bytes.

    {"environment","file_id","format","generation","level","lock":{…}}    the head
    {"check_value","key","kind","sealed","version"}                       one line for each key, in order
    {"seal"}                                                              the last line

A record is bound to its file, name, version, kind and check value. The seal is an empty record whose context
is the digest of all lines before it: no line can be changed, moved, added or taken out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from card_os.crypto.sm3 import sm3
from card_os.spec.errors import Phrase
from issuer.keys.custodian import KeyRef
from issuer.keys.hierarchy import Level, LevelError
from issuer.keys.key_file.errors import KeyFileAlteredError, KeyFileError, LockBrokenError
from issuer.keys.key_file.locks import Lock
from issuer.keys.key_set import check_value_of, is_known, kind_of

FORMAT = "rhc-keys/1"
_HEAD = {"environment", "file_id", "format", "generation", "level", "lock"}
_RECORD = {"check_value", "key", "kind", "sealed", "version"}


@dataclass(frozen=True, slots=True)
class Head:
    """What stands open in a key file. `generation` counts how often it was written; `file_id` is hex."""

    environment: str
    level: Level
    file_id: str
    generation: int
    lock: Mapping[str, object]


def write(head: Head, keys: Mapping[KeyRef, bytes], lock: Lock) -> bytes:
    """The whole text."""
    lines = [
        _line(
            {
                "format": FORMAT,
                "environment": head.environment,
                "level": head.level.code,
                "file_id": head.file_id,
                "generation": head.generation,
                "lock": dict(head.lock),
            }
        )
    ]
    for key in sorted(keys, key=lambda key: (key.name, key.version)):
        record: dict[str, object] = {
            "key": key.name,
            "version": key.version,
            "kind": kind_of(key).value,
            "check_value": check_value_of(key, keys[key]).hex().upper(),
        }
        sealed = lock.seal(_place(head.file_id, record), keys[key])
        lines.append(_line({**record, "sealed": sealed.hex()}))
    body = b"".join(lines)
    return body + _line({"seal": lock.seal(_end(head.file_id, body), b"").hex()})


def read_head(file: object, raw: bytes) -> Head:
    """The head of a text, which nobody has proved yet; raises KeyFileError and KeyFileAlteredError."""
    try:
        found = _object(raw.partition(b"\n")[0])
    except ValueError:
        found = {}
    if found.get("format") != FORMAT:
        raise KeyFileError(file=file, reason=Phrase("this is no key file {format}", format=FORMAT))
    if set(found) != _HEAD or not isinstance(found["lock"], dict):
        raise KeyFileAlteredError(file=file, line=1)
    try:
        level, generation = Level(str(found["level"])), int(found["generation"])
    except (ValueError, TypeError, LevelError):
        raise KeyFileAlteredError(file=file, line=1) from None
    return Head(str(found["environment"]), level, str(found["file_id"]), generation, found["lock"])


def read(file: object, raw: bytes, head: Head, lock: Lock) -> dict[KeyRef, bytes]:
    """The keys of a text; raises KeyFileAlteredError with the line that cannot be trusted."""
    lines = raw.splitlines(keepends=True)
    keys: dict[KeyRef, bytes] = {}
    at = 1
    try:
        for line in lines[1:-1]:
            at += 1
            key, secret = _record(line, head.file_id, lock)
            keys[key] = secret
        at = len(lines)
        lock.open(_end(head.file_id, b"".join(lines[:-1])), bytes.fromhex(_object(lines[-1])["seal"]))
    except (ValueError, KeyError, TypeError, LockBrokenError):
        raise KeyFileAlteredError(file=file, line=at) from None
    return keys


def _record(line: bytes, file_id: str, lock: Lock) -> tuple[KeyRef, bytes]:
    record = _object(line)
    if set(record) != _RECORD:
        raise ValueError
    sealed = bytes.fromhex(record.pop("sealed"))
    key = KeyRef(record["key"], record["version"])
    secret = lock.open(_place(file_id, record), sealed)
    if not is_known(key) or check_value_of(key, secret).hex().upper() != record["check_value"]:
        raise ValueError
    return key, secret


def _place(file_id: str, record: Mapping[str, object]) -> bytes:
    return _line({**record, "format": FORMAT, "file_id": file_id})


def _end(file_id: str, body: bytes) -> bytes:
    return _line({"format": FORMAT, "file_id": file_id, "digest": sm3(body).hex()})


def _line(values: Mapping[str, object]) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def _object(line: bytes) -> dict[str, Any]:
    found = json.loads(line)
    if not isinstance(found, dict):
        raise ValueError  # noqa: TRY004  of the text, not of the program
    return found
