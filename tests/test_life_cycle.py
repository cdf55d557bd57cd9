"""State by command: what a card does in every state of its life, each reached by real commands.

The table is typed from commands_and_crypto 5.3, 1.1 and 1.5. A cell is the answer to a command that is right
in every other respect: the right held and the MAC correct wherever the state lets a terminal get that far.
"""

from __future__ import annotations

import card_bench as cb
import field_oracle as oracle
import pytest

from card_os.kernel import manufacture

STATES = ["CHIP", "TRANSPORT", "PERSO", "ISSUED", "APP_BLOCKED", "APP_DEAD", "CARD_BLOCKED"]
DF = "DDF1/DF02"  # where the blocked states block

OK, NO, RIGHT, NO_KEY, DEAD = 0x9000, 0x6985, 0x6982, 0x6A88, 0x6283
# fmt: off
TABLE = {
    #                         CHIP   TRANSP PERSO  ISSUED BLOCKED DEAD  CARD
    "select df":             (OK,    OK,    OK,    OK,    DEAD,  DEAD,  0x6A81),
    "select df by name":     (OK,    OK,    OK,    OK,    DEAD,  DEAD,  0x6A81),
    "select ef":             (OK,    OK,    OK,    OK,    DEAD,  DEAD,  0x6A81),
    "select mf":             (OK,    OK,    OK,    OK,    OK,    OK,    0x6A81),
    "get challenge":         (OK,    OK,    OK,    OK,    OK,    NO,    NO),
    "get card data":         (OK,    OK,    OK,    OK,    OK,    OK,    OK),
    "authenticate KT":       (NO,    OK,    OK,    NO_KEY, NO_KEY, NO,  NO),
    "authenticate UK":       (NO,    NO,    OK,    OK,    NO,    NO,    NO),
    "authenticate LK":       (NO,    NO,    OK,    OK,    OK,    NO,    NO),
    "internal authenticate": (NO,    NO,    OK,    OK,    NO,    NO,    NO),
    "read record":           (NO,    NO,    OK,    OK,    NO,    NO,    NO),
    "read binary":           (NO,    NO,    OK,    OK,    OK,    OK,    NO),
    "read binary with MAC":  (NO,    NO,    OK,    OK,    OK,    OK,    NO),
    "update binary":         (NO,    NO,    OK,    OK,    OK,    OK,    NO),
    "update binary secure":  (NO,    NO,    OK,    OK,    OK,    OK,    NO),
    "update record secure":  (NO,    NO,    OK,    OK,    NO,    NO,    NO),
    "update EF05 of DDF1":   (NO,    NO,    OK,    RIGHT, RIGHT, RIGHT, NO),
    "update EF05 plain":     (NO,    NO,    OK,    RIGHT, RIGHT, RIGHT, NO),
    "add cyclic":            (NO,    NO,    OK,    OK,    NO,    NO,    NO),
    "append record":         (NO,    NO,    OK,    NO,    NO,    NO,    NO),
    "append record secure":  (NO,    NO,    OK,    NO,    NO,    NO,    NO),
    "write record":          (NO,    NO,    OK,    OK,    OK,    OK,    NO),
    "erase record":          (NO,    NO,    OK,    OK,    OK,    OK,    NO),
    "write key plain":       (OK,    NO,    RIGHT, NO,    NO,    NO,    NO),
    "write key":             (RIGHT, NO,    OK,    NO,    NO,    NO,    NO),
    "create file":           (OK,    NO,    NO,    NO,    NO,    NO,    NO),
    "erase df":              (OK,    NO,    NO,    NO,    NO,    NO,    NO),
    "activate":              (OK,    NO,    RIGHT, NO,    NO,    NO,    NO),
    "lock 8005":             (NO,    NO,    OK,    NO,    NO,    NO,    NO),
    "lock 004405":           (NO,    NO,    OK,    NO,    NO,    NO,    NO),
    "verify":                (NO,    NO,    NO,    OK,    OK,    OK,    NO),
    "change pin":            (NO,    NO,    NO,    OK,    OK,    OK,    NO),
    "reload pin":            (NO,    NO,    NO,    OK,    OK,    OK,    NO),
    "unblock pin":           (NO,    NO,    NO,    OK,    OK,    OK,    NO),
    "unblock and set pin":   (NO,    NO,    NO,    OK,    OK,    OK,    NO),
    "verify in the df":      (NO,    NO,    NO,    OK,    NO,    NO,    NO),
    "change pin in the df":  (NO,    NO,    NO,    OK,    NO,    NO,    NO),
    "reload pin in the df":  (NO,    NO,    NO,    OK,    NO,    NO,    NO),
    "unblock pin in the df": (NO,    NO,    NO,    OK,    NO,    NO,    NO),
    "application block":     (NO,    NO,    NO,    OK,    NO,    NO,    NO),
    "block for good":        (NO,    NO,    NO,    OK,    NO,    NO,    NO),
    "application unblock":   (NO,    NO,    NO,    NO,    OK,    NO,    NO),
    "card block":            (NO,    NO,    NO,    OK,    OK,    OK,    NO),
    "get response":          (NO,)*7,  # nothing ever waits on this card
}
# fmt: on


def in_state(state: str) -> cb.Bench:
    """A card with every key and a holder PIN, brought into a state by commands."""
    if state == "CHIP":
        return loaded_chip()
    if state in ("TRANSPORT", "PERSO"):
        bench = loaded_chip()
        bench.do("0044000000")
        if state == "PERSO":
            bench.authenticate("KT_MF")
            bench.card.reset()
        return bench
    bench = cb.holder_card("PERSO")
    bench.select("DDF1")
    bench.do("8005000000")
    if state in ("APP_BLOCKED", "APP_DEAD"):
        bench.block(DF, for_good=state == "APP_DEAD")
    if state == "CARD_BLOCKED":
        bench.block_card()
    bench.card.reset()
    return bench


def loaded_chip() -> cb.Bench:
    cells = {c: v for c, v in cb.holder_snapshot("PERSO").items() if not c.startswith("tries:")}
    bench = cb.chip()
    for name, row in cb.KEYS.items():
        bench.select("MF" if row.df == "MF" else f"MF/{row.df}")
        for version in range(1, row.versions + 1):
            bench.do(cb.plain_write_key(row.reference, cb.key_record(name, version)))
    bench.select("MF")
    bench.do(cb.plain_write_key(0x00, cb.HOLDER_PIN_RECORD))
    bench.do(cb.plain_write_key(0x01, cb.TRANSPORT_RECORD))
    assert {**bench.card.memory.snapshot(), "life_cycle": b"PERSO"} == cells
    return bench


def go(bench: cb.Bench, path: str) -> None:
    """Select whatever the answer is: a blocked DF says 6283, a blocked card 6A81."""
    for fid in ("3F00", *path.split("/")):
        bench.send("00A4000002" + fid.replace("MF", "3F00"))


def win(bench: cb.Bench, *keys: str) -> None:
    """Win the rights that the state lets a terminal win."""
    for key in keys:
        session = terminal_session(bench, key)
        reference = 0x01 if key == "KT_MF" else cb.KEYS[key].reference
        bench.send(oracle.external_authenticate(session, reference, cb.TERMINAL_DATA))


def terminal_session(bench: cb.Bench, key: str) -> bytes:
    """A session key; of zeros where the state gives no challenge."""
    challenge = bench.send("0084000008")
    return oracle.session_key(cb.card_value(key, 1), challenge.data or bytes(8))


def secure(bench: cb.Bench, key: str, header: str, data: bytes) -> int:
    return bench.send(cb.protect(terminal_session(bench, key), header, data)).sw


def mac_only(bench: cb.Bench, key: str, header: str, tail: bytes = b"") -> int:
    return bench.send(cb.mac_only(terminal_session(bench, key), header) + tail).sw


def authenticate(bench: cb.Bench, key: str) -> int:
    session = terminal_session(bench, key)
    reference = 0x01 if key == "KT_MF" else cb.KEYS[key].reference
    return bench.send(oracle.external_authenticate(session, reference, cb.TERMINAL_DATA)).sw


def reload(bench: cb.Bench) -> int:
    message = bytes.fromhex("805E000007") + cb.HOLDER_PIN
    return bench.send(message + oracle.mac(terminal_session(bench, "STK_DDF1"), message)).sw


RK_RECORD = cb.key_record("RK1_DDF1", 1)
PIN = cb.HOLDER_PIN.hex()
DATE, ENTRY = bytes.fromhex("060420260102"), bytes(24)
VERIFY, CHANGE = "0020000003" + PIN, f"805E010007{PIN}FF{PIN}"

# command: where it is sent, the rights that are won there, how it is sent
TRIALS = {
    "select df": (DF.rpartition("/")[0], (), lambda b: b.send("00A4000002DF02").sw),
    "select df by name": ("MF", (), lambda b: b.send("00A4040006915600013201").sw),
    "select ef": (DF, (), lambda b: b.send("00A4000002EF05").sw),
    "select mf": (DF, (), lambda b: b.send("00A40000023F00").sw),
    "get challenge": (DF, (), lambda b: b.send("0084000008").sw),
    "get card data": (DF, (), lambda b: b.send("80CA000300").sw),
    "get response": (DF, (), lambda b: b.send("00C0000000").sw),
    "authenticate KT": (DF, (), lambda b: authenticate(b, "KT_MF")),
    "authenticate UK": (DF, (), lambda b: authenticate(b, "UK1_DF02")),
    "authenticate LK": (DF, (), lambda b: authenticate(b, "LK_DF02")),
    "internal authenticate": (DF, (), lambda b: b.send("0088000011" + "00" * 16 + "01").sw),
    "read record": (DF + "/EF05", ("RK1_DF02",), lambda b: b.send("00B2010400").sw),
    "read binary": ("DDF1/EF07", ("RK1_DDF1",), lambda b: b.send("00B0000010").sw),
    "read binary with MAC": (
        "DDF1/EF07", ("RK1_DDF1",), lambda b: mac_only(b, "STK_DDF1", "04B00000", b"\x10"),
    ),
    "update binary": ("DDF1/EF07", ("UK1_DDF1",), lambda b: b.send("00D6000001AA").sw),
    "update binary secure": (
        "DDF1/EF07", ("UK1_DDF1",), lambda b: secure(b, "STK_DDF1", "04D60000", b"A"),
    ),
    "update record secure": (
        DF + "/EF05", ("UK1_DF02",), lambda b: secure(b, "STK_DF02", "04DC0204", bytes.fromhex("2A0101")),
    ),
    "update EF05 of DDF1": (
        "DDF1/EF05", ("UK1_DDF1",), lambda b: secure(b, "STK_DDF1", "04DC0604", DATE),
    ),
    "update EF05 plain": ("DDF1/EF05", ("UK1_DDF1",), lambda b: b.send("00DC060406" + DATE.hex()).sw),
    "add cyclic": (DF + "/EF08", ("UK3_DF02",), lambda b: b.send("00DC000318" + ENTRY.hex()).sw),
    "append record": (DF + "/EF08", ("UK3_DF02",), lambda b: b.send("00E2000018" + ENTRY.hex()).sw),
    "append record secure": (
        DF + "/EF08", ("UK3_DF02",), lambda b: secure(b, "STK_DF02", "04E20000", ENTRY),
    ),
    "write record": ("DDF1/DF03/EF05", ("UK1_DF03",), lambda b: b.send("84D2010400").sw),
    "erase record": ("DDF1/DF03/EF05", ("UK2_DF03",), lambda b: mac_only(b, "STK_DF03", "840C0104")),
    "write key plain": ("DDF1", ("KT_MF",), lambda b: b.send(cb.plain_write_key(0x04, RK_RECORD)).sw),
    "write key": ("DDF1", ("KT_MF",), lambda b: secure(b, "KT_MF", "84D40104", RK_RECORD)),
    "create file": ("DDF1", (), lambda b: b.send("80E0EF0706280C0204050700"[:22]).sw),
    "erase df": (DF, (), lambda b: b.send("800E000000").sw),
    "activate": ("MF", ("KT_MF",), lambda b: b.send("0044000000").sw),
    "lock 8005": ("DDF1", (), lambda b: b.send("8005000000").sw),
    "lock 004405": ("DDF1", (), lambda b: b.send("0044050000").sw),
    "verify": ("MF", (), lambda b: b.send(VERIFY).sw),
    "change pin": ("MF", (), lambda b: b.send(CHANGE).sw),
    "reload pin": ("MF", (), reload),
    "unblock pin": ("MF", (), lambda b: mac_only(b, "STK_DDF1", "84240000")),
    "unblock and set pin": ("MF", (), lambda b: secure(b, "STK_DDF1", "84240001", cb.HOLDER_PIN)),
    "verify in the df": (DF, (), lambda b: b.send(VERIFY).sw),
    "change pin in the df": (DF, (), lambda b: b.send(CHANGE).sw),
    "reload pin in the df": (DF, (), reload),
    "unblock pin in the df": (DF, (), lambda b: mac_only(b, "STK_DDF1", "84240000")),
    "application block": (DF, ("LK_DF02",), lambda b: mac_only(b, "STK_DF02", "841E0000")),
    "block for good": (DF, ("LK_DF02",), lambda b: mac_only(b, "STK_DF02", "841E0001")),
    "application unblock": (DF, ("LK_DF02",), lambda b: mac_only(b, "STK_DF02", "84180000")),
    "card block": ("MF", ("BK_MF",), lambda b: mac_only(b, "STM_MF", "84160000")),
}  # fmt: skip


def prepared(state: str, path: str, keys: tuple[str, ...]) -> cb.Bench:
    """A card in a state with a place current and rights won where the state allows."""
    bench = in_state(state)
    if keys == ("KT_MF",):
        if state != "TRANSPORT":  # there it would be the way out of the state
            win(bench, *keys)  # a right of the MF, which lives on below
        if path != "MF":
            bench.send("00A4000002DDF1")
        return bench
    go(bench, path)
    win(bench, *keys)
    return bench


def test_the_table_knows_every_command_of_the_card() -> None:
    assert set(TABLE) == set(TRIALS)
    assert all(len(row) == len(STATES) for row in TABLE.values())
    profile = cb.profile()
    sent: set[str] = set()

    class Listening(cb.Bench):
        def send(self, command: str | bytes) -> cb.Answer:
            raw = bytes.fromhex(command) if isinstance(command, str) else command
            spec = profile.command_of(raw[1], raw[2])
            assert spec is not None
            sent.add(spec.name)
            return super().send(command)

    for path, keys, trial in TRIALS.values():
        bench = in_state("ISSUED")
        bench.__class__ = Listening
        go(bench, path)
        win(bench, *keys)
        trial(bench)
    assert sent == set(profile.commands)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", TABLE)
def test_a_cell(command: str, state: str) -> None:
    path, keys, trial = TRIALS[command]
    bench = prepared(state, path, keys)
    if command == "create file" and state == "CHIP":
        bench.do("800E000000")  # DDF1 is empty, so that there is something to create
    before = cb.without_tries(bench.card.memory.snapshot())
    sw = trial(bench)
    expected = TABLE[command][STATES.index(state)]
    assert f"{sw:04X}" == f"{expected:04X}"
    if sw != OK:
        assert cb.without_tries(bench.card.memory.snapshot()) == before


@pytest.mark.parametrize("state", STATES)
def test_the_state_outlives_power(state: str) -> None:
    bench = in_state(state)
    before = bench.card.memory.snapshot()
    bench.card.power_off()
    bench.card.power_on()
    assert bench.card.memory.snapshot() == before
    number = {"CHIP": 0, "TRANSPORT": 1, "PERSO": 2, "CARD_BLOCKED": 0xFF}.get(state, 3)
    assert bench.do("80CA000300") == bytes((number,))


# --- what the lock ends ---------------------------------------------------------------------------------


def locked(lock: str) -> cb.Bench:
    """A card that is locked in the middle of a session that holds the rights of issuing."""
    bench = cb.card_in("PERSO")
    bench.authenticate("KT_MF")
    bench.enter("DDF1", "UK1_DDF1", "RK1_DDF1")
    bench.do("00A4000002EF05")
    bench.do("00DC060406" + DATE.hex())
    bench.do(lock)
    return bench


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("lock", ["8005000000", "0044050000"])
def test_after_the_lock_the_rights_of_issuing_are_gone_for_good(lock: str, *, reset: bool) -> None:
    # spec: commands_and_crypto 5.3, 6.2 P3, K5
    bench = locked(lock)
    if reset:
        bench.card.reset()
        bench.enter("DDF1", "UK1_DDF1", "RK1_DDF1")
    for fid, record in (
        ("EF05", DATE),
        ("EF06", bench.card.files.record(bench.card.files["MF/DDF1/EF06"], 1)),
    ):
        bench.select(fid)
        number = "06" if fid == "EF05" else "01"
        plain = bytes.fromhex(f"00DC{number}04") + bytes((len(record),)) + record
        assert bench.send(plain).sw == RIGHT
        assert secure(bench, "STK_DDF1", f"04DC{number}04", record) == RIGHT
        bench.do("00B2010400")
    assert bench.send(cb.plain_write_key(0x04, RK_RECORD)).sw == NO
    assert secure(bench, "KT_MF", "84D40104", RK_RECORD) == NO
    assert bench.send("00E2004018" + "00" * 24).sw == NO
    for end in ("8005000000", "0044050000", "0044000000"):
        assert bench.send(end).sw == NO
    bench.select("EF08")
    bench.do(bench.secure("STK_DDF1", "04DC0104", bytes.fromhex("070420461231")))  # normal use goes on


def test_the_transport_key_dies() -> None:
    # spec: commands_and_crypto 1.2, 6.2 P4
    bench = locked("8005000000")
    assert not any(cb.TRANSPORT_KEY in value for value in bench.card.memory.snapshot().values())
    for _ in range(2):
        bench.select("MF")
        assert bench.send(bench.authentication("KT_MF")).sw == NO_KEY
        bench.card.reset()


@pytest.mark.parametrize("state", ["TRANSPORT", "PERSO"])
def test_a_blocked_transport_key_is_the_end(state: str) -> None:
    bench = cb.Bench(manufacture.blank_card(cb.profile(), cb.SERIAL, cb.TRANSPORT_KEY, cb.Random()))
    if state == "PERSO":
        bench.authenticate("KT_MF")
    assert [bench.fail(0x01) for _ in range(16)] == [0x63C0 | n for n in range(14, -1, -1)] + [0x6983]
    bench.card.reset()
    assert bench.send(bench.authentication("KT_MF")).sw == 0x6983
    assert secure(bench, "KT_MF", "84D40101", cb.TRANSPORT_RECORD) == (NO if state == "TRANSPORT" else RIGHT)
