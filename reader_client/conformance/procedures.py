"""Steps that are more than an exchange: statistics, many commands at once, signatures, cuts of the power.

one {value} A3A2A1 A4A3A2                a value is one of several
some 63CD {a} {b}                        a value is among several
cut 3                                    before the third write step of the next command the power fails
atr {atr}                                an answer to reset that a reader takes, with 8 historical bytes
tlv {record} 39                          one tag, one plain length byte, the value
tries {first} {second}                   status words 63Cx, the second with one try less
sm3 d = {message}                        the hash of a message
fold v = {block}                         left half xor right half, which terminals make of 16 bytes
point {public}                           a public key lies on the curve of SM2
certificate {raw} under {issuer} as key  a certificate that its issuer signed; its public key is saved
signed_sam {sw}                          goes on only where the SAM has a key pair: its answer was not 6A88
signature {digest} {signature} {key}     an SM2 signature is right
random 1000000                           so many bits out of GET CHALLENGE look random
fuzz 2000 1                              so many commands made from a seed: no crash, nothing is written
time read 20 00B2390005                  the median time of a command is measured, in milliseconds
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random
from statistics import median
from typing import TYPE_CHECKING

from card_os.crypto import sm2
from card_os.crypto.secure_messaging import fold
from card_os.crypto.sm3 import sm3
from card_os.iso7816.atr import Atr, AtrError
from card_os.iso7816.status import SW, tries_left
from card_os.iso7816.tlv import TlvError, unpack
from card_os.spec.certificate import Certificate, CertificateError
from card_os.spec.errors import Phrase
from reader_client.conformance.bench import CuttableChannel
from reader_client.conformance.exchange import CARD
from reader_client.conformance.expectation import OK, Expectation
from reader_client.conformance.randomness import LEAST, probabilities
from reader_client.conformance.steps import Procedure, Step
from reader_client.conformance.template import Template

if TYPE_CHECKING:
    from reader_client.conformance.desk import Desk

Reader = Callable[[str, str, str, Expectation | None], Step]
Action = Callable[["Desk"], None]

# what changes a card; without a right none of these may be taken; spec: commands_and_crypto 1.1, 1.2
_WRITING = frozenset({0xD6, 0xDC, 0xD2, 0x0C, 0xE2, 0x1E, 0x18, 0x16, 0xD4, 0xE0, 0x0E, 0x44, 0x05})
_READING = (0xA4, 0xB0, 0xB2, 0x84, 0xC0, 0x88, 0xCA)
_CLASSES = (0x00, 0x00, 0x04, 0x80, 0x84, 0x10, 0xFF)


class ProcedureError(ValueError):
    """A line whose words are not those of its verb."""


def reader_of(verb: str) -> Reader | None:
    """What reads the lines of a verb; None where there is none."""
    if verb not in _PROCEDURES:
        return None
    form, make = _PROCEDURES[verb]

    def read(line: str, who: str, rest: str, expected: Expectation | None) -> Step:
        found = form.fullmatch(rest)
        if found is None or expected is not None:
            raise ProcedureError(f"{line!r}: the words behind the verb are not as expected")
        return Procedure(line, make(found))

    return read


# --- shapes of data -------------------------------------------------------------------------------------


def _cut(found: re.Match[str]) -> Action:
    step = int(found[1])

    def cut(desk: Desk) -> None:
        channel = desk.channel(CARD)
        if not isinstance(channel, CuttableChannel):
            raise desk.skipped(Phrase("the reader cannot cut the power in mid-command"))
        channel.cut_at(step)

    return cut


def _atr(found: re.Match[str]) -> Action:
    template, count = Template.parse(found[1]), int(found[2]) if found[2] else None

    def check(desk: Desk) -> None:
        raw = template.fill(desk.saved)
        try:
            historical = Atr.parse(raw).historical
        except AtrError as error:
            reason = Phrase("{atr}: {reason}", atr=raw.hex().upper(), reason=error)
            desk.fail(Phrase("an answer to reset that a reader takes"), reason)
            return
        if count not in (None, len(historical)):
            shown = Phrase("{count} historical bytes", count=len(historical))
            desk.fail(Phrase("{count} historical bytes", count=count), shown)

    return check


def _tlv(found: re.Match[str]) -> Action:
    template, tag = Template.parse(found[1]), int(found[2], 16)

    def check(desk: Desk) -> None:
        raw = template.fill(desk.saved)
        try:
            right = unpack(raw)[0] == tag
        except TlvError:
            right = False
        if not right:
            desk.fail(
                Phrase("tag {tag:02X}, one length byte and the value", tag=tag),
                Phrase("data {data}", data=raw[:2].hex().upper() + "…"),
            )

    return check


def _one(found: re.Match[str]) -> Action:
    """`one {value} A B`: among what is allowed; `some A {x} {y}`: among what came."""
    first, *others = (Template.parse(text) for text in found[0].split())

    def check(desk: Desk) -> None:
        value, allowed = first.fill(desk.saved), [other.fill(desk.saved) for other in others]
        if value not in allowed:
            shown = ", ".join(other.text for other in others)
            desk.fail(
                Phrase("{value} is among {allowed}", value=first.text, allowed=shown),
                Phrase("{value} is not", value=desk.value(value)),
            )

    return check


def _tries(found: re.Match[str]) -> Action:
    first, second = Template.parse(found[1]), Template.parse(found[2])

    def check(desk: Desk) -> None:
        before, after = (tries_left(int.from_bytes(one.fill(desk.saved), "big")) for one in (first, second))
        if before is None or after is None or after != before - 1:
            desk.fail(
                Phrase("one try less than before"),
                Phrase("{before}, then {after} tries left", before=before, after=after),
            )

    return check


# --- signatures -----------------------------------------------------------------------------------------


def _sm3(found: re.Match[str]) -> Action:
    name, message = found[1], Template.parse(found[2])

    def hash_it(desk: Desk) -> None:
        desk.saved[name] = sm3(message.fill(desk.saved))

    return hash_it


def _fold(found: re.Match[str]) -> Action:
    name, block = found[1], Template.parse(found[2])

    def fold_it(desk: Desk) -> None:
        desk.saved[name] = fold(block.fill(desk.saved))

    return fold_it


def _point(found: re.Match[str]) -> Action:
    template = Template.parse(found[1])

    def check(desk: Desk) -> None:
        if not sm2.is_public_key(template.fill(desk.saved)):
            desk.fail(Phrase("a point of the SM2 curve"), Phrase("none"))

    return check


def _certificate(found: re.Match[str]) -> Action:
    own, above, name = Template.parse(found[1]), Template.parse(found[2]), found[3]

    def check(desk: Desk) -> None:
        due = Phrase("a certificate that its issuer signed")
        try:
            certificate = Certificate.parse(own.fill(desk.saved))
            issuer = Certificate.parse(above.fill(desk.saved))
        except CertificateError as error:
            desk.fail(due, Phrase("no certificate: {reason}", reason=error))
            return
        if certificate.issuer_id != issuer.subject_id or not certificate.verify(issuer.public_key):
            desk.fail(due, Phrase("the signature is wrong"))
        desk.saved[name] = certificate.public_key

    return check


def _signed_sam(found: re.Match[str]) -> Action:
    template = Template.parse(found[1])

    def check(desk: Desk) -> None:
        if int.from_bytes(template.fill(desk.saved), "big") == SW.KEY_NOT_FOUND:
            raise desk.skipped(Phrase("the SAM has no key pair"))

    return check


def _signature(found: re.Match[str]) -> Action:
    digest, signature, key = (Template.parse(found[n]) for n in (1, 2, 3))

    def check(desk: Desk) -> None:
        saved = desk.saved
        if not sm2.verify_digest(key.fill(saved), digest.fill(saved), signature.fill(saved)):
            desk.fail(Phrase("a right SM2 signature"), Phrase("the signature is wrong"))

    return check


# --- many commands --------------------------------------------------------------------------------------


def _random(found: re.Match[str]) -> Action:
    bits = int(found[1])

    def draw(desk: Desk) -> None:
        drawn = b"".join(desk.quiet_challenge() for _block in range(-(-bits // 64)))
        for name, probability in probabilities(drawn).items():
            desk.measured[f"p({name})"] = probability
            if probability < LEAST:
                desk.fail(
                    Phrase("{bits} bits that pass the test {name}", bits=bits, name=name),
                    Phrase("random bits look so once in {times:.0e}", times=1 / max(probability, 1e-300)),
                )

    return draw


def _fuzz(found: re.Match[str]) -> Action:
    count, seed = int(found[1]), int(found[2])

    def fuzz(desk: Desk) -> None:
        random = Random(seed)  # noqa: S311 - the same commands every time
        for number in range(count):
            command = _command(random)
            response = desk.quiet(CARD, command)
            sw = int.from_bytes(response[-2:], "big")
            wrong = sw == SW.INTERNAL_ERROR or sw >> 12 not in (6, 9)
            taken = sw == SW.OK and len(command) > 1 and command[1] in _WRITING
            if wrong or taken:
                desk.fail(
                    Phrase("a refusal of command {number} of {count}", number=number + 1, count=count),
                    Phrase("{command} was answered {sw:04X}", command=command.hex().upper(), sw=sw),
                )

    return fuzz


def _command(random: Random) -> bytes:
    """A command, well formed or not; none that proves a key or a PIN, for that would cost tries."""
    ins = random.choice((*_READING, *_READING, *_WRITING))
    header = bytes((random.choice(_CLASSES), ins, random.choice((0, 0, 1, 2, random.randrange(256)))))
    header += bytes((random.choice((0, 4, 4, 3, random.randrange(256))),))
    if ins == 0xA4 and random.random() < 0.5:
        fid = random.choice(("3F00", "DDF1", "DF01", "DF02", "DF03", "EF05", "EF06", "EF07", "EE01"))
        return bytes.fromhex("00A4000002" + fid)
    body = random.randbytes(random.choice((0, 1, 2, 4, 8, 16, 20, 36, 120, 255)))
    shapes = (
        header,
        header + bytes((random.randrange(256),)),
        header + bytes((len(body),)) + body,
        header + bytes((len(body),)) + body + b"\x00",
        header + bytes((random.randrange(256),)) + body,
        header[: random.choice((2, 3))],
    )
    return random.choice(shapes)


def _time(found: re.Match[str]) -> Action:
    name, count, command = found[1], int(found[2]), Template.parse(found[3])

    def measure(desk: Desk) -> None:
        raw = command.fill(desk.saved)
        taken = []
        for _round in range(count):
            desk.exchange(CARD, raw, OK)
            taken.append(1000 * desk.exchanges[-1].seconds)
        desk.measured[name] = median(taken)

    return measure


_PROCEDURES: Mapping[str, tuple[re.Pattern[str], Callable[[re.Match[str]], Action]]] = {
    "cut": (re.compile(r"(\d+)"), _cut),
    "atr": (re.compile(r"(\S+)(?: (\d+))?"), _atr),
    "one": (re.compile(r"\S+(?: \S+)+"), _one),
    "some": (re.compile(r"\S+(?: \S+)+"), _one),
    "tlv": (re.compile(r"(\S+) ([0-9A-F]{2})"), _tlv),
    "tries": (re.compile(r"(\S+) (\S+)"), _tries),
    "sm3": (re.compile(r"([a-z_]\w*) = (.+)"), _sm3),
    "fold": (re.compile(r"([a-z_]\w*) = (.+)"), _fold),
    "point": (re.compile(r"(\S+)"), _point),
    "certificate": (re.compile(r"(\S+) under (\S+) as ([a-z_]\w*)"), _certificate),
    "signed_sam": (re.compile(r"(\S+)"), _signed_sam),
    "signature": (re.compile(r"(\S+) (\S+) (\S+)"), _signature),
    "random": (re.compile(r"(\d+)"), _random),
    "fuzz": (re.compile(r"(\d+) (\d+)"), _fuzz),
    "time": (re.compile(r"([a-z_]\w*) (\d+) (.+)"), _time),
}
