"""A second card, written from the text of the specification alone: plain dicts and one function a command.

It serves the stateful test, which sends everything to both. Sections in brackets are those of
commands_and_crypto. Keys come from the bench, ciphers from the oracle, contents from the table of data items.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import card_bench as cb
import field_oracle as oracle
from card_model_files import ALLOWED, BOTTOM, NAMES, TABLE, blank, sfi_of

LIMIT, PIN_LIMIT = 15, 6  # [3.6]


class Stop(Exception):
    """A command ends here, with this status word."""

    def __init__(self, sw: int, data: bytes = b"") -> None:
        super().__init__(hex(sw))
        self.sw, self.data = sw, data


class CardModel:
    """`keep` is what power does not take; the rest is gone at reset."""

    def __init__(self, state: str, random: Callable[[int], bytes]) -> None:
        self.keep: dict[str, Any] = {
            "life": state,
            "blocked": {},
            "files": {place: blank(place) for place in TABLE},
            "tries": {},
            "pin": cb.HOLDER_PIN,
        }
        self.random = random
        self.guessed = ""
        self.reset()

    def reset(self) -> None:
        """[6.2 S4]"""
        self.df, self.ef = "MF", 0
        self.rights: set[str] = set()
        self.challenge: bytes | None = None

    def answer(self, raw: bytes) -> bytes:
        """What the card should say to a well-formed short APDU."""
        self.guessed = ""
        before = copy.deepcopy(self.keep["files"]) if raw[1] not in (0xB0, 0xB2, 0x84, 0xA4) else None
        try:
            data = self._do(raw)
        except Stop as stop:
            if before is not None:
                self.keep["files"] = before
            return stop.data + stop.sw.to_bytes(2, "big")
        return data + b"\x90\x00"

    def _do(self, raw: bytes) -> bytes:
        ins, p1, p2 = raw[1:4]
        body = raw[5 : 5 + raw[4]] if len(raw) > 5 else b""
        le = raw[4] or 256 if len(raw) == 5 else 0
        state = self._state()
        if ins == 0xA4:
            if state == "CARD_BLOCKED":
                raise Stop(0x6A81)
            return self._select(p1, body)
        if state not in ALLOWED[ins]:
            raise Stop(0x6985)
        header = raw[:4]
        handlers: dict[int, Callable[[], bytes]] = {
            0x84: self._draw,
            0x88: lambda: self._internal(body),
            0x82: lambda: self._external(p2, body),
            0xB0: lambda: self._read_binary(p1, p2, le),
            0xB2: lambda: self._read_record(p1, p2, le),
            0xD6: lambda: self._update_binary(header, body),
            **dict.fromkeys((0xDC, 0xE2), lambda: self._write_record(header, body)),
            **dict.fromkeys((0xD2, 0x0C), lambda: self._flag(header, body)),
            0x20: lambda: self._verify(body),
            0x5E: lambda: self._change(body) if p1 else self._reload(header, body),
            0x24: lambda: self._unblock_pin(header, body),
            **dict.fromkeys((0x1E, 0x18, 0x16), lambda: self._block(header, body)),
            0x05: self._lock,
        }
        return handlers[ins]()

    def _draw(self) -> bytes:
        self.challenge = self.random(8)
        return self.challenge

    # --- where a terminal stands ------------------------------------------------------------------------

    def _above(self) -> tuple[str, ...]:
        return {"MF": ("MF",), "DDF1": ("DDF1", "MF")}.get(self.df, (self.df, "DDF1", "MF"))

    def _state(self) -> str:
        blocks = {self.keep["blocked"].get(df) for df in self._above()}
        if self.keep["life"] == "CARD_BLOCKED":
            return "CARD_BLOCKED"
        return "APP_DEAD" if "dead" in blocks else "APP_BLOCKED" if "blocked" in blocks else self.keep["life"]

    def _select(self, p1: int, body: bytes) -> bytes:
        """[1.1 rows 1, 2; 1.3 rules 1, 2, 5; 5.2]"""
        if p1 == 0x04:
            target = next((df for df, name in NAMES.items() if name == body), None)
            if target is None:
                raise Stop(0x6A82)
        else:
            fid = int.from_bytes(body, "big")
            if (self.df, fid) in TABLE:
                self.ef = fid
                return self._selected(b"")
            target = {0x3F00: "MF", 0xDDF1: "DDF1", 0xDF01: "DF01", 0xDF02: "DF02", 0xDF03: "DF03"}.get(fid)
            if target is None or (target in BOTTOM and self.df == "MF"):
                raise Stop(0x6A82)
        dropped = {"MF": ("MF", "DDF1", *BOTTOM), "DDF1": ("DDF1", *BOTTOM)}.get(target, BOTTOM)
        self.rights = {key for key in self.rights if key.partition("_")[2] not in dropped}
        self.df, self.ef = target, 0
        tail = b"" if target in BOTTOM else b"\xa5\x00"
        name = b"\x84" + bytes((len(NAMES[target]),)) + NAMES[target] + tail
        return self._selected(b"\x6f" + bytes((len(name),)) + name)

    def _selected(self, answer: bytes) -> bytes:
        if self._state() in ("APP_BLOCKED", "APP_DEAD"):
            raise Stop(0x6283, answer)
        return answer

    def _file(self, *kinds: str, sfi: int = 0) -> tuple[str, int]:
        if sfi:
            found = [fid for df, fid in TABLE if df == self.df and sfi_of(fid) == sfi]
            if not found:
                raise Stop(0x6A82)
            self.ef = found[0]
        if not self.ef:
            raise Stop(0x6986)
        if TABLE[self.df, self.ef][0] not in kinds:
            raise Stop(0x6981)
        return self.df, self.ef

    def _need(self, key: str) -> None:
        if key and key not in self.rights:
            raise Stop(0x6982)

    # --- keys -------------------------------------------------------------------------------------------

    def _internal(self, body: bytes) -> bytes:
        if self.df == "MF":
            raise Stop(0x6985)
        if body[16] not in (1, 2, 3, 4):
            raise Stop(0x6A88)
        key = cb.card_value("IRK_DDF1", body[16])
        return oracle.authentication_value(oracle.session_key(key, body[:8]), body[8:16])

    def _external(self, reference: int, body: bytes) -> bytes:
        """[1.5; 5.2] bit 8: a key of this DF; else of the nearest DF upwards."""
        levels = self._above()[:1] if reference & 0x80 else self._above()
        found = [
            name
            for df in levels
            for name, row in (*cb.KEYS.items(), ("KT_MF", cb.KeyRow("MF", 0x01, 0, 0x27, 1)))
            if row.df[-4:] == df and row.reference == reference
        ]
        alive = self.keep["life"] == "PERSO"  # of the transport key
        name, version = found[0] if found else "", body[16]
        versions = 1 if name == "KT_MF" else cb.KEYS[name].versions if name else 0
        authenticates = name == "KT_MF" or (name and cb.KEYS[name].authenticates)
        if not authenticates or not 1 <= version <= versions or (name == "KT_MF" and not alive):
            raise Stop(0x6A88)
        if self._state() == "APP_BLOCKED" and not name.startswith(("LK", "BK")):
            raise Stop(0x6985)
        session = self._session(name, version)
        self.rights.discard(name)
        self._guess(f"{name}:{version}", LIMIT, oracle.authentication_value(session, body[8:16]) == body[:8])
        self.rights.add(name)
        return b""

    def _guess(self, cell: str, limit: int, right: bool) -> None:
        """[3.6]"""
        left = self.keep["tries"].get(cell, limit)
        if not left:
            raise Stop(0x6983)
        self.guessed = cell
        if not right:
            self.keep["tries"][cell] = left - 1
            raise Stop(0x63C0 + left - 1)
        self.keep["tries"][cell] = limit

    def _session(self, key: str, version: int = 1) -> bytes:
        """[1.3 rule 3] one challenge serves once."""
        challenge, self.challenge = self.challenge, None
        if challenge is None:
            raise Stop(0x6984)
        return oracle.session_key(cb.card_value(key, version), challenge)

    def _mac(self, key: str, header: bytes, body: bytes) -> bytes:
        session = self._session(key)
        if len(body) < 4:
            raise Stop(0x6987)
        if self.keep["blocked"].get(key[-4:]) == "dead":
            raise Stop(0x9303)
        if oracle.mac(session, header + bytes((len(body),)) + body[:-4]) != body[-4:]:
            raise Stop(0x6988)
        return session

    def _open(self, key: str, header: bytes, body: bytes) -> bytes:
        """[3.3; 3.5] trust the length byte."""
        session = self._mac(key, header, body)
        cipher = body[:-4]
        if not cipher or len(cipher) % 16:
            raise Stop(0x6A80)
        plain = oracle.decrypt(session, cipher)
        if oracle.pad_if_needed(plain[: 1 + plain[0]]) != plain:
            raise Stop(0x6A80)
        return plain[1 : 1 + plain[0]]

    # --- files ------------------------------------------------------------------------------------------

    def _read_binary(self, p1: int, p2: int, le: int) -> bytes:
        sfi, offset = (p1 & 0x1F, p2) if p1 & 0x80 else (0, p1 << 8 | p2)
        place = self._file("binary", sfi=sfi)
        self._need(TABLE[place][1])
        contents = self.keep["files"][place]
        if offset >= len(contents):
            raise Stop(0x6B00)
        part: bytes = contents[offset : offset + le]
        if len(part) < le < 256:
            raise Stop(0x6C00 | len(part))
        return part

    def _read_record(self, p1: int, p2: int, le: int) -> bytes:
        place = self._file("tlv", "cyclic", "index", sfi=p2 >> 3)
        self._need(TABLE[place][1])
        records = self.keep["files"][place]
        if p2 == 0:  # by tag
            records = [r for r in records if TABLE[place][0] == "tlv" and r[0] == p1]
            p1 = 1
        if not 1 <= p1 <= len(records):
            raise Stop(0x6A83)
        record: bytes = records[p1 - 1]
        if le not in (256, len(record)):
            raise Stop(0x6C00 | len(record))
        return record

    def _incoming(self, place: tuple[str, int], header: bytes, body: bytes) -> bytes:
        """Right, then secure messaging [1.5 order of checks; 1.1 rows 26, 27 the lock]."""
        _, _, key, protection = TABLE[place]
        issuing_only = place in (("DDF1", 0xEF05), ("DDF1", 0xEF06))
        if issuing_only and self.keep["life"] != "PERSO":
            raise Stop(0x6982)
        self._need(key)
        if not header[0] & 0x04:
            if protection == "must":
                raise Stop(0x6987)
            return body
        if protection == "cannot":
            raise Stop(0x6882)
        return self._open(f"STK_{self.df}", header, body)

    def _update_binary(self, header: bytes, body: bytes) -> bytes:
        p1, p2 = header[2:]
        sfi, offset = (p1 & 0x1F, p2) if p1 & 0x80 else (0, p1 << 8 | p2)
        place = self._file("binary", sfi=sfi)
        data = self._incoming(place, header, body)
        old = self.keep["files"][place]
        if data and offset > len(old):
            raise Stop(0x6B00)
        if data and offset + len(data) > len(old):
            raise Stop(0x6A84)
        self.keep["files"][place] = old[:offset] + data + old[offset + len(data) :]
        return b""

    def _write_record(self, header: bytes, body: bytes) -> bytes:
        """04DC absolute and previous, 04E2 append."""
        append = header[1] == 0xE2
        adds = append or header[3] == 0x03
        place = self._file("tlv", "cyclic", "index", sfi=header[3] >> 3 if append else 0)
        kind = TABLE[place][0]
        if not append and adds != (kind == "cyclic"):
            raise Stop(0x6981)
        data = self._incoming(place, header, body)
        records = self.keep["files"][place]
        if kind == "cyclic":
            if len(data) != len(records[0]):
                raise Stop(0x6700)
            self.keep["files"][place] = [data, *records[:-1]]
            return b""
        if append:
            raise Stop(0x6A84)
        if not 1 <= header[2] <= len(records):
            raise Stop(0x6A83)
        old = records[header[2] - 1]
        if len(data) != len(old):
            raise Stop(0x6700)
        if kind == "tlv" and data[:2] != old[:2]:
            raise Stop(0x6A80)
        records[header[2] - 1] = data
        return b""

    def _flag(self, header: bytes, body: bytes) -> bytes:
        """[1.1 rows 13, 14]"""
        place = self._file("index")
        self._need("UK1_DF03" if header[1] == 0xD2 else "UK2_DF03")
        records = self.keep["files"][place]
        if not 1 <= header[2] <= len(records):
            raise Stop(0x6A83)
        if body:
            self._mac("STK_DF03", header, body)
        records[header[2] - 1] = b"\x00" if header[1] == 0xD2 else b"\xff"
        return b""

    # --- PIN, blocks, lock ------------------------------------------------------------------------------

    def _verify(self, pin: bytes) -> bytes:
        if not 2 <= len(pin) <= 8:
            raise Stop(0x6700)
        self._guess("pin", PIN_LIMIT, pin == self.keep["pin"])
        return b""

    def _change(self, body: bytes) -> bytes:
        old, _, new = body.partition(b"\xff")
        if not 2 <= len(new) <= 8:
            raise Stop(0x6700)
        self._verify(old)
        self.keep["pin"] = new
        return b""

    def _reload(self, header: bytes, body: bytes) -> bytes:
        self._mac("STK_DDF1", header, body)
        self._renew(body[:-4])
        return b""

    def _renew(self, pin: bytes | None) -> None:
        self.keep["pin"] = pin or self.keep["pin"]
        self.keep["tries"].pop("pin", None)

    def _unblock_pin(self, header: bytes, body: bytes) -> bytes:
        if not header[3]:
            self._mac("STK_DDF1", header, body)
            self._renew(None)
        else:
            self._renew(self._open("STK_DDF1", header, body))
        return b""

    def _block(self, header: bytes, body: bytes) -> bytes:
        ins = header[1]
        wrong_place = (self.df == "MF") != (ins == 0x16)
        if wrong_place or (ins == 0x18 and self.keep["blocked"].get(self.df) != "blocked"):
            raise Stop(0x6985)
        self._need("BK_MF" if self.df == "MF" else f"LK_{self.df}")
        self._mac("STM_MF" if self.df == "MF" else f"STK_{self.df}", header, body)
        if ins == 0x16:
            self.keep["life"] = "CARD_BLOCKED"
        elif ins == 0x18:
            del self.keep["blocked"][self.df]
        else:
            self.keep["blocked"][self.df] = "dead" if header[3] else "blocked"
        return b""

    def _lock(self) -> bytes:
        if self.df != "DDF1":
            raise Stop(0x6985)
        self.keep["life"] = "ISSUED"
        return b""
