"""A toy card and a toy SAM: just enough to show that the scripted terminal does what it claims.

They are no model of the card: no retry counters, no life cycle beyond one lock, no memory. Their cryptography
is the oracle's, so a terminal that assembles a command wrongly fails here as it would on a card.
"""

from __future__ import annotations

import field_oracle as oracle
from field_plan import CYCLIC_FILES, INDEX_FILES, KEYS, SAM_FILES, TLV_FILES, UPDATE_KEYS, VISIT_FILES

OK = b"\x90\x00"
CITY_CODE = bytes.fromhex("210000")


class Refused(Exception):
    """A status word other than 9000."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = bytes.fromhex(status)


def root_of(p2: int) -> bytes:
    """A dummy root of its own for every key of the SAM."""
    return oracle.diversify(bytes(16), bytes([p2]) * 8)


class ToySam:
    """PIN, 80DE, 80FA, information files, GET RESPONSE after 61xx."""

    def __init__(self, pin: str = "123456") -> None:
        self.pin = bytes.fromhex(pin)
        self.reset()

    def reset(self) -> bytes:
        self.verified, self.session, self.pending, self.file = False, b"", b"", ""
        return bytes.fromhex("3B00")

    def transmit(self, apdu: bytes) -> bytes:
        handlers = {0xA4: self._select, 0xB0: self._read, 0x20: self._verify, 0x5E: self._change_pin}
        handlers |= {0xC0: self._response, 0x84: self._challenge, 0xDE: self._derive, 0xFA: self._cipher}
        try:
            return handlers[apdu[1]](apdu)
        except Refused as refusal:
            return refusal.status

    def _announce(self, pending: bytes) -> bytes:
        self.pending = pending
        return bytes([0x61, len(pending)])

    def _response(self, apdu: bytes) -> bytes:
        pending, self.pending = self.pending, b""
        return pending[: apdu[4]] + OK

    def _select(self, apdu: bytes) -> bytes:
        self.file = apdu[5:].hex().upper()
        return self._announce(bytes(9))

    def _read(self, apdu: bytes) -> bytes:
        for file in SAM_FILES.values():
            if apdu[2] == file.p1_sfi or (apdu[2] == 0 and file.fid == self.file):
                return bytes(range(file.length))[: apdu[4]] + OK
        raise Refused("6A82")

    def _verify(self, apdu: bytes) -> bytes:
        self.verified = apdu[5:] == self.pin
        return OK if self.verified else b"\x63\xc9"

    def _change_pin(self, apdu: bytes) -> bytes:
        old, _, new = apdu[5:].partition(b"\xff")
        if old != self.pin:
            raise Refused("63C9")
        self.pin = new
        return OK

    def _challenge(self, apdu: bytes) -> bytes:
        return bytes(range(apdu[4])) + OK

    def _derive(self, apdu: bytes) -> bytes:
        if not self.verified:
            raise Refused("6982")
        data = apdu[5:]
        city = data[8:16] if len(data) == 24 else None
        self.session = oracle.session_key(oracle.card_key(root_of(apdu[3]), data[:8], city), data[-8:])
        return OK

    def _cipher(self, apdu: bytes) -> bytes:
        key, self.session = self.session, b""
        if not key:
            raise Refused("6985")
        return self._announce(oracle.encrypt(key, apdu[5:]) if apdu[2] == 0 else chain(key, apdu[5:]))


def chain(key: bytes, blocks: bytes) -> bytes:
    """CBC-MAC whose first block is the IV: with an IV of zeros the MAC of the rest."""
    value = blocks[:16]
    for at in range(16, len(blocks), 16):
        value = oracle.encrypt(key, bytes(a ^ b for a, b in zip(value, blocks[at : at + 16], strict=True)))
    return value[:4]


class ToyCard:
    """The tree of the card, rights per DF, both record addressings, secure messaging."""

    def __init__(self, chip_maker: str = "0081") -> None:
        self.factor = bytes.fromhex(chip_maker + "A1A100000001")
        self.locked = False
        self.records: dict[tuple[str, str], list[bytes]] = {
            path: [bytes([t, n - 2]) + (CITY_CODE if t == 0x39 else b"1" * (n - 2)) for t, n in plan]
            for path, plan in TLV_FILES.items()
        }
        self.records |= {("DF02", ef): [bytes(size)] * n for ef, (n, size) in CYCLIC_FILES.items()}
        self.records |= {("DF03", ef): [b"\xff"] * n for ef, n in INDEX_FILES.items()}
        self.binary = {("DDF1", "EF07"): bytearray(3074)}
        for letters, (index, _, whole) in VISIT_FILES.items():
            for n in range(1, INDEX_FILES[index] + 1):
                self.binary["DF03", f"{letters}{n:02d}"] = bytearray(whole)
        self.reset()

    def reset(self) -> bytes:
        self.df, self.ef, self.challenge, self.count = "3F00", "", b"", 0
        self.rights: set[str] = set()
        body = bytes.fromhex("888001") + self.factor
        check = 0
        for byte in body:
            check ^= byte
        return b"\x3b" + body + bytes([check])

    def transmit(self, apdu: bytes) -> bytes:
        handlers = {
            0xA4: self._select,
            0xB2: self._read_record,
            0xB0: self._read_binary,
            0xD6: self._update_binary,
        }
        handlers |= {
            0x84: self._challenge,
            0x82: self._authenticate,
            0x88: self._internal,
            0xDC: self._update,
        }
        handlers |= {0xD2: self._index, 0x0C: self._index, 0x05: self._lock, 0x44: self._lock}
        try:
            return handlers[apdu[1]](apdu) + OK
        except Refused as refusal:
            return refusal.status

    def session(self, key_name: str) -> bytes:
        key = KEYS[key_name]
        city = oracle.city_factor(CITY_CODE[0]) if key.two_levels else None
        challenge, self.challenge = self.challenge, b""
        if not challenge:
            raise Refused("6984")
        return oracle.session_key(oracle.card_key(root_of(key.p2), self.factor, city), challenge)

    def need(self, key_name: str) -> None:
        if key_name not in self.rights:
            raise Refused("6982")

    def _select(self, apdu: bytes) -> bytes:
        fid = apdu[5:].hex().upper()
        if fid in ("3F00", "DDF1", "DF01", "DF02", "DF03"):
            self.df, self.ef, self.rights = fid, "", set()
            return bytes.fromhex("6F028400")
        if (self.df, fid) not in self.records.keys() | self.binary.keys():
            raise Refused("6A82")
        self.ef = fid
        return b""

    def _read_record(self, apdu: bytes) -> bytes:
        if (self.df, self.ef) != ("DDF1", "EF05"):
            self.need(f"RK1_{self.df}")
        records = self.records[self.df, self.ef]
        if apdu[3] == 0x00:
            records, number = [r for r in records if r[0] == apdu[2]], 1
        else:
            number = apdu[2]
        if not 1 <= number <= len(records):
            raise Refused("6A83")
        record = records[number - 1]
        if apdu[4] not in (0, len(record)):
            raise Refused(f"6C{len(record):02X}")
        return record

    def _read_binary(self, apdu: bytes) -> bytes:
        self.need(f"RK1_{self.df}")
        offset = int.from_bytes(apdu[2:4], "big")
        return bytes(self.binary[self.df, self.ef][offset : offset + apdu[4]])

    def _update_binary(self, apdu: bytes) -> bytes:
        self.need(f"UK1_{self.df}")
        offset = int.from_bytes(apdu[2:4], "big")
        data = self._unwrap(apdu) if apdu[0] == 0x04 else apdu[5:]
        self.binary[self.df, self.ef][offset : offset + len(data)] = data
        return b""

    def _challenge(self, apdu: bytes) -> bytes:
        self.count += 1
        self.challenge = self.count.to_bytes(apdu[4], "big")
        return self.challenge

    def _authenticate(self, apdu: bytes) -> bytes:
        names = [n for n, k in KEYS.items() if k.card_reference == apdu[3] and n.endswith(self.df)]
        if apdu != oracle.external_authenticate(self.session(names[0]), apdu[3], apdu[13:21]):
            raise Refused("63CE")
        self.rights.add(names[0])
        return b""

    def _internal(self, apdu: bytes) -> bytes:
        self.challenge = apdu[5:13]
        return oracle.authentication_value(self.session("IRK_DDF1"), apdu[13:21])

    def _unwrap(self, apdu: bytes) -> bytes:
        session = self.session(f"STK_{self.df}")
        if apdu[4] != len(apdu) - 5 or oracle.mac(session, apdu[:-4]) != apdu[-4:]:
            raise Refused("6988")
        plain = oracle.decrypt(session, apdu[5:-4])
        return plain[1 : 1 + plain[0]]

    def _update(self, apdu: bytes) -> bytes:
        if self.locked and (self.df, self.ef) in (("DDF1", "EF05"), ("DDF1", "EF06")):
            raise Refused("6982")
        self.need(UPDATE_KEYS[self.df, self.ef])
        data = self._unwrap(apdu) if apdu[0] == 0x04 else apdu[5:]
        records = self.records[self.df, self.ef]
        if len(data) != len(records[0 if apdu[3] == 0x03 else apdu[2] - 1]):
            raise Refused("6A80")
        if apdu[3] == 0x03:
            records[:] = [data, *records[:-1]]
        else:
            records[apdu[2] - 1] = data
        return b""

    def _index(self, apdu: bytes) -> bytes:
        self.need("UK1_DF03" if apdu[1] == 0xD2 else "UK2_DF03")
        if apdu[4] == 4 and oracle.mac(self.session("STK_DF03"), apdu[:5]) != apdu[5:]:
            raise Refused("6988")
        self.records[self.df, self.ef][apdu[2] - 1] = b"\x00" if apdu[1] == 0xD2 else b"\xff"
        return b""

    def _lock(self, apdu: bytes) -> bytes:
        if self.df != "DDF1" or apdu[-1]:
            raise Refused("6985")
        self.locked = True
        return b""
