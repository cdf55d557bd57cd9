"""Deliveries of keys: from the nation to a province, from a province to a city, from a maker to an issuer.

`rhc-key-export/1`: a head as JSON, one key block a line, and a MAC over all of it as JSON. What is delivered
to a level is the key of that level, of each row; the keys of an office, its private keys and the master
secret are never delivered. A delivery is taken whole or not at all.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from card_os.crypto.block_cipher import cipher_named
from card_os.crypto.keys import check_value
from card_os.spec import loader
from card_os.spec.errors import Phrase, PlainError
from issuer.keys import key_block
from issuer.keys.custodian import KeyRef
from issuer.keys.hierarchy import Level, LevelError, descend, held_at
from issuer.keys.key_file.safe import Safe
from issuer.keys.key_set import TRANSPORT_KEY, card_keys, check_value_of, rows

FORMAT = "rhc-key-export/1"
_ID_LENGTH = 16
_HEAD = {"blocks", "environment", "export_id", "format", "from", "protection", "to"}


class DeliveryError(PlainError):
    """A delivery of keys that cannot be made or taken; nothing was changed."""

    template = "delivery of keys: {reason}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a delivery brings: keys of a level, and the number by which both sides know it."""

    export_id: str
    environment: str
    source: Level
    level: Level
    keys: Mapping[KeyRef, bytes] = field(repr=False)

    def check_values(self) -> dict[KeyRef, bytes]:
        """The check value of each key."""
        return {key: check_value_of(key, secret) for key, secret in self.keys.items()}


def for_level(held: Safe, environment: str, source: Level, level: Level) -> Delivery:
    """What a level below `source` gets: all versions of all rows that are held; raises DeliveryError."""
    if not level.is_below(source):
        raise DeliveryError(reason=Phrase("keys go down only: to a province, or to a city of it"))
    cipher = cipher_named(loader.load("health_card").cipher)
    keys = {}
    for key in card_keys():
        if key in held:
            row = rows()[key.name]
            keys[key] = descend(held.use(key), held_at(row, source), held_at(row, level), row, cipher)
    if not keys:
        raise DeliveryError(reason=Phrase("there are no keys of cards here"))
    return Delivery(secrets.token_hex(_ID_LENGTH), environment, source, level, keys)


def of_maker(transport_key: bytes, environment: str, level: Level) -> Delivery:
    """What a maker of chips delivers with them: the transport key, 16 bytes."""
    return Delivery(secrets.token_hex(_ID_LENGTH), environment, level, level, {TRANSPORT_KEY: transport_key})


def write(delivery: Delivery, protection: bytes) -> str:
    """The text of a delivery, under a 16-byte protection key."""
    head = {
        "format": FORMAT,
        "export_id": delivery.export_id,
        "environment": delivery.environment,
        "from": delivery.source.code,
        "to": delivery.level.code,
        "blocks": len(delivery.keys),
        "protection": check_value(protection).hex().upper(),
    }
    lines = [json.dumps(head, sort_keys=True)]
    for key, secret in delivery.keys.items():
        attributes = key_block.Attributes(key, delivery.level.code, delivery.environment)
        lines.append(key_block.wrap(protection, attributes, secret))
    body = "".join(f"{line}\n" for line in lines)
    return body + json.dumps({"mac": _mac(protection, body).hex().upper()}) + "\n"


def read(text: str, protection: bytes) -> Delivery:
    """Open a delivery; raises DeliveryError."""
    head, blocks, body, mac = _parts(text)
    if head["protection"] != check_value(protection).hex().upper():
        raise DeliveryError(reason=Phrase("it is under the protection key {check}", check=head["protection"]))
    if not hmac.compare_digest(_mac(protection, body), mac) or head["blocks"] != len(blocks):
        raise DeliveryError(reason=Phrase("it was changed on its way"))
    try:
        source, level = Level(head["from"]), Level(head["to"])
    except LevelError:
        raise DeliveryError(reason=Phrase("it was changed on its way")) from None
    keys = dict(_opened(blocks, protection, level.code, head["environment"]))
    if len(keys) != len(blocks):
        raise DeliveryError(reason=Phrase("it brings a key twice"))
    return Delivery(head["export_id"], head["environment"], source, level, keys)


def check_fits(delivery: Delivery, environment: str, level: Level) -> None:
    """Refuse what is for another environment or level; raises DeliveryError."""
    if delivery.environment != environment:
        reason = Phrase(
            "it is for the environment {given}, not {here}", given=delivery.environment, here=environment
        )
        raise DeliveryError(reason=reason)
    if delivery.level != level:
        given, here = (place.code or "–" for place in (delivery.level, level))
        raise DeliveryError(reason=Phrase("it is for level {given}, not {here}", given=given, here=here))


def _opened(
    blocks: Iterable[str], protection: bytes, level: str, environment: str
) -> Iterable[tuple[KeyRef, bytes]]:
    allowed = {*card_keys(), TRANSPORT_KEY}
    for number, block in enumerate(blocks, start=2):
        try:
            attributes, secret = key_block.unwrap(protection, block)
        except key_block.KeyBlockError:
            raise DeliveryError(reason=Phrase("line {line} was changed on its way", line=number)) from None
        if (attributes.level, attributes.environment) != (
            level,
            environment,
        ) or attributes.key not in allowed:
            reason = Phrase("line {line} belongs into another delivery", line=number)
            raise DeliveryError(reason=reason)
        yield attributes.key, secret


def _parts(text: str) -> tuple[dict[str, Any], list[str], str, bytes]:
    body, _, last = text.rstrip("\n").rpartition("\n")
    lines = body.split("\n")
    try:
        head, mac = json.loads(lines[0]), bytes.fromhex(json.loads(last)["mac"])
    except (ValueError, KeyError, TypeError):
        raise DeliveryError(reason=Phrase("this is no text of the format {format}", format=FORMAT)) from None
    if not isinstance(head, dict) or set(head) != _HEAD or head["format"] != FORMAT:
        raise DeliveryError(reason=Phrase("this is no text of the format {format}", format=FORMAT))
    return head, lines[1:], body + "\n", mac


def _mac(protection: bytes, body: str) -> bytes:
    return key_block.cmac_sm4(key_block.derived(protection, key_block.WHOLE_FILE), body.encode())
