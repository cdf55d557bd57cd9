"""Exchange files: what is written is read; what is not exactly that is refused before anything changes."""

from __future__ import annotations

import base64
import string
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import pytest
from batch_bench import COUNTY, ISSUER, World, everything, world
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from registry_bench import ADMIN, EVERYBODY, NOW, SECOND_ADMIN

from card_os.crypto import sm2
from card_os.crypto.sm3 import sm3
from issuer.batches import partners, sending
from issuer.batches.exchange import text
from issuer.batches.exchange.errors import ExchangeRefusedError, UnwritableValueError
from issuer.batches.exchange.file import Correspondent, Head, Row, key_id, read_file, write_file
from issuer.batches.exchange.kinds import FieldSpec, FieldType, Kind, kinds
from issuer.batches.exchange.values import FieldRefusedError, text_of, value_of
from issuer.batches.states import names
from issuer.keys.certificates import EXCHANGE_KEY
from issuer.keys.test_custodian import PublishedTestCustodian
from lab.partners import Partner, PublishedPartnerKeys

OURS, THEIRS = PublishedTestCustodian(), PublishedPartnerKeys("somebody")
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def forge(
    partner: Partner,
    raw: bytes,
    head: Mapping[str, str] | None = None,
    lines: Callable[[list[str]], list[str]] = lambda lines: lines,
) -> bytes:
    """A file with something else in it, well signed: what a partner with a faulty program would send."""
    parts = text.parse(raw)
    changed = lines(list(parts.lines))
    values = {**parts.values, "count": str(len(changed)), **(head or {})}
    head_bytes = text.head_of(values)
    signed = head_bytes + sm3(text.body_of(changed))
    public = partner.keys.public_key(EXCHANGE_KEY)
    return text.write(
        head_bytes, changed, partner.keys.sign(EXCHANGE_KEY, sm2.message_digest(public, signed))
    )


# --- the format -------------------------------------------------------------------------------------------


def values_of(spec: FieldSpec) -> st.SearchStrategy[object]:
    printable = st.characters(categories=["L", "N", "P", "S"], exclude_characters="|", codec="utf-8")
    sizes = {"min_size": spec.least, "max_size": min(spec.most, 60)}
    json_values = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9))
    found: dict[FieldType, st.SearchStrategy[object]] = {
        FieldType.NUMBER: st.integers(spec.least, spec.most),
        FieldType.DIGITS: st.text(string.digits, **sizes),
        FieldType.TEXT: st.text(printable, **sizes),
        FieldType.CODE: st.sampled_from(spec.accepts or ("",)),
        FieldType.HEX: st.binary(**sizes),
        FieldType.DATE: st.dates(),
        FieldType.RECORD: st.dictionaries(st.text(max_size=9), json_values, max_size=5),
        FieldType.BYTES: st.binary(**sizes),
    }
    return found[spec.type]


@st.composite
def rows_of(draw: st.DrawFn, kind: Kind) -> Row:
    row: dict[str, object] = {}
    for spec in kind.fields.values():
        rule = spec.required
        due = row[rule.field] in rule.values if rule.field else rule.always or draw(st.booleans())
        row[spec.name] = draw(values_of(spec)) if due else None
    return row


@given(st.data())
@SLOW
def test_every_kind_comes_back_as_it_was_written(data):
    kind = data.draw(st.sampled_from(list(kinds().values())))
    rows = data.draw(st.lists(rows_of(kind), min_size=1, max_size=4))
    head = Head(kind.name, "B1", data.draw(st.integers(1, 999)), "a.b-c", "us", NOW, "TEST")
    raw = write_file(head, rows, THEIRS, OURS.public_key(EXCHANGE_KEY))
    known = Correspondent("a.b-c", kind.sender, THEIRS.public_key(EXCHANGE_KEY))
    read = read_file(raw, environment="TEST", keys=OURS, sender={"a.b-c": known}.get)
    assert (read.head, list(read.rows)) == (head, rows)
    assert text.write(text.parse(raw).head, text.parse(raw).lines, text.parse(raw).signature) == raw


def test_no_personal_value_stands_in_clear(registry, tmp_path):
    made = world(registry, tmp_path)
    number = made.plan(3).number
    raw = made.send(number, "ACC-REQ")
    rows = made.bank.read(raw).rows
    assert [row["name"] for row in rows] == ["测试00000", "测试00001", "测试00002"]
    for row in rows:
        assert all(str(row[name]).encode() not in raw for name in ("name", "document_number"))
    assert "name" not in repr(made.bank.read(raw))


def test_two_files_with_the_same_lines_share_no_cell():
    head, row = Head("APP", "B1", 1, "us", "you", NOW, "TEST"), {"line": 1, "application": "A", "name": "甲"}
    first, second = (
        text.parse(write_file(head, [row], OURS, THEIRS.public_key(EXCHANGE_KEY))) for _ in range(2)
    )
    assert first.lines[0].rpartition("|")[2] != second.lines[0].rpartition("|")[2]


@pytest.mark.parametrize(
    ("kind", "row", "field"),
    [
        ("APP", {"line": 1, "application": "A|B", "name": "甲"}, "application"),
        ("APP", {"line": 0, "application": "A", "name": "甲"}, "line"),
        ("APP", {"line": 1, "application": "A"}, "name"),
        ("APP", {"line": 1, "application": "A", "name": "甲" * 61}, "name"),
        ("APP", {"line": 1, "application": "A", "name": "a\nb"}, "name"),
        ("DLV-ACK", {"line": 1, "chip_serial": "1", "result": "received"}, "chip_serial"),
        ("DLV-ACK", {"line": 1, "chip_serial": "0000000001", "result": "eaten"}, "result"),
        ("DLV-ACK", {"line": 1, "chip_serial": "0000000001", "result": "received", "fault": "x"}, "fault"),
        ("DLV-ACK", {"line": 1, "chip_serial": "0000000001", "result": "missing"}, "fault"),
    ],
)
def test_what_a_file_cannot_carry_is_not_written(kind, row, field):
    head = Head(kind, "B1", 1, "us", "you", NOW, "TEST")
    with pytest.raises(UnwritableValueError) as told:
        write_file(head, [{"line": 1, **row}], OURS, THEIRS.public_key(EXCHANGE_KEY))
    assert told.value.fields["field"] == field
    assert "甲" not in str(told.value)


@given(st.sampled_from([field for kind in kinds().values() for field in kind.fields.values()]), st.text())
def test_a_text_that_is_read_is_written_the_same(spec, shown):
    try:
        value = value_of(spec, shown)
    except FieldRefusedError:
        return
    assert text_of(spec, value) == shown


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("line", "01"), ("line", "+1"), ("line", "1000000"), ("line", "１"), ("chip_serial", "12345678x0"),
        ("chip_serial", "１２３４５６７８９０"), ("result", "Finished"), ("keys", "0a" * 8),
        ("keys", "0A" * 9),
    ],
)  # fmt: skip
def test_each_value_has_one_text_only(field, bad):
    with pytest.raises(FieldRefusedError):
        value_of(kinds()["PER-RSP"].fields[field], bad)


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("issued_on", "20260302"), ("issued_on", "2026-02-29"), ("record", "[]"), ("record", '{"a": 1}'),
        ("record", '{"a":NaN}'), ("record", '{"a":1,"a":1}'), ("photo", "AA="), ("photo", "AB=="),
        ("photo", "A A="),
    ],
)  # fmt: skip
def test_dates_records_and_bytes_have_one_text_only(field, bad):
    with pytest.raises(FieldRefusedError):
        value_of(kinds()["PER-REQ"].fields[field], bad)


# --- any change is noticed --------------------------------------------------------------------------------

ANSWERS = ("ACC-RSP", "PRD-RSP", "PER-RSP", "DLV-ACK")


def waiting_for(made: World, kind: str) -> tuple[Partner, bytes]:
    """The partner and its file of a kind, which a batch of three lines waits for."""
    number = made.plan(3).number
    steps: Sequence[tuple[str, str, Partner]] = (
        ("ACC-REQ", "ACC-RSP", made.bank),
        ("PRD-REQ", "PRD-RSP", made.maker),
        ("PER-REQ", "PER-RSP", made.centre),
        ("DLV", "DLV-ACK", made.outlet),
    )
    for request, answer, partner in steps:
        spares = 1 if answer in ("PRD-RSP", "PER-RSP") else 0
        files = partner.answer(made.send(number, request, spares))
        if answer == kind:
            return partner, files[0]
        for raw in files:
            made.receive(raw)
    raise LookupError(kind)


@pytest.fixture(params=ANSWERS)
def waiting(request, registry, tmp_path):
    made = world(registry, tmp_path)
    partner, raw = waiting_for(made, request.param)
    return made, partner, raw


def refused(made: World, raw: bytes) -> ExchangeRefusedError:
    """The refusal of a file, which left every row of the registry as it was."""
    before = everything(made.registry)
    with pytest.raises(ExchangeRefusedError) as told:
        made.receive(raw)
    assert everything(made.registry) == before
    assert "\n" not in str(told.value)
    return told.value


def changed(raw: bytes, at: int, byte: int) -> bytes:
    return raw[:at] + bytes((byte,)) + raw[at + 1 :]


def test_any_change_of_bytes_or_lines_is_refused_whole(waiting):
    made, _partner, raw = waiting
    lines = raw.splitlines(keepends=True)
    place, line = st.integers(0, len(raw) - 1), st.integers(0, len(lines) - 1)

    def swapped(one: int, other: int) -> bytes:
        mixed = list(lines)
        mixed[one], mixed[other] = mixed[other], mixed[one]
        return b"".join(mixed)

    mutants = st.one_of(
        st.builds(changed, st.just(raw), place, st.integers(0, 255)),
        st.builds(lambda at: raw[:at] + raw[at + 1 :], place),
        st.builds(
            lambda at, byte: raw[:at] + bytes((byte,)) + raw[at:],
            st.integers(0, len(raw)),
            st.integers(0, 255),
        ),
        st.builds(lambda at: raw[:at] + raw[at + 1 : at + 2] + raw[at : at + 1] + raw[at + 2 :], place),
        st.builds(lambda at: raw[:at], place),
        st.builds(lambda at: b"".join(lines[:at] + lines[at + 1 :]), line),
        st.builds(lambda at: b"".join([*lines[:at], lines[at], *lines[at:]]), line),
        st.builds(swapped, line, line),
        st.builds(lambda more: raw + more, st.binary(min_size=1, max_size=9)),
    )

    @given(mutants)
    @settings(max_examples=40, deadline=None)
    @example(b"")
    @example(raw.replace(b"\n", b"\r\n"))
    @example(b"\xef\xbb\xbf" + raw)
    @example(raw.lower())
    def try_one(mutant: bytes) -> None:
        assume(mutant != raw)
        refused(made, mutant)

    try_one()
    assert not made.receive(raw).again


@pytest.mark.soak
@pytest.mark.parametrize("kind", ANSWERS)
def test_every_byte_that_changes_is_noticed(new_registry, tmp_path, kind):
    made = world(new_registry(), tmp_path)
    _partner, raw = waiting_for(made, kind)
    before = everything(made.registry)
    for at in range(len(raw)):
        for mutant in (
            changed(raw, at, raw[at] ^ 1),
            changed(raw, at, raw[at] ^ 0x20),
            raw[:at] + raw[at + 1 :],
        ):
            with pytest.raises(ExchangeRefusedError):
                made.receive(mutant)
    assert everything(made.registry) == before
    assert not made.receive(raw).again


# --- what a well-signed file may not say ------------------------------------------------------------------


HEADS = (
    ({"kind": "ACC-RSP"}, "fields"),
    ({"kind": "PRD-REQ", "fields": "line|application"}, "sender"),
    ({"kind": "NEW"}, "kind"),
    ({"batch": "419901200001010001"}, "batch"),
    ({"seq": "2"}, "seq"),
    ({"seq": "0"}, "seq"),
    ({"seq": "01"}, "seq"),
    ({"sender": "maker-2"}, "sender"),
    ({"sender": "bank-1"}, "sender"),
    ({"receiver": "41000000002"}, "receiver"),
    ({"made": "2026-03-02"}, "made"),
    ({"environment": "PROD"}, "environment"),
    ({"count": "5"}, "count"),
    ({"key": "0" * 16}, "key"),
    ({"session": "04"}, "session"),
    ({"fields": "line|application|result"}, "fields"),
)


def test_a_head_that_does_not_fit_is_refused(registry, tmp_path):
    made = world(registry, tmp_path)
    maker, raw = waiting_for(made, "PRD-RSP")
    for head, field in HEADS:
        told = refused(made, forge(maker, raw, head))
        line = ("format", *text.NAMES).index(field) + 1
        assert (told.fields["field"], told.fields["line"]) == (field, line), head
    assert not made.receive(raw).again


@pytest.mark.parametrize("session", ["-", "04", "04" + "00" * 112, "04" + "11" * 112, "xx"])
def test_a_session_key_that_is_not_for_us_is_refused(registry, tmp_path, session):
    made = world(registry, tmp_path)
    bank, raw = waiting_for(made, "ACC-RSP")
    assert refused(made, forge(bank, raw, {"session": session})).fields["field"] == "session"


def test_a_signature_of_somebody_else_is_refused(registry, tmp_path):
    made = world(registry, tmp_path)
    _bank, raw = waiting_for(made, "ACC-RSP")
    told = refused(made, forge(made.maker, raw))
    assert (told.fields["line"], told.fields["field"]) == (len(raw.splitlines()), "signature")


def test_a_partner_of_the_same_kind_who_has_no_part_in_the_batch_is_refused(registry, tmp_path):
    made = world(registry, tmp_path)
    _maker, raw = waiting_for(made, "PRD-RSP")
    other = type(made.maker)("maker-2", made.maker.issuer, store=made.store)
    with registry.transaction(ADMIN, SECOND_ADMIN) as work:
        partners.add(work, other.introduction)
    told = refused(made, forge(other, raw, {"sender": "maker-2"}))
    assert str(told.fields["reason"]) == "the maker of this batch is maker-1"


def test_a_disabled_partner_and_an_old_key_are_believed_no_more(registry, tmp_path):
    made = world(registry, tmp_path)
    _bank, raw = waiting_for(made, "ACC-RSP")
    with registry.transaction(ADMIN, SECOND_ADMIN) as work:
        partners.change_key(work, "bank-1", THEIRS.public_key(EXCHANGE_KEY))
    assert refused(made, raw).fields["field"] == "signature"
    with registry.transaction(ADMIN) as work:
        partners.disable(work, "bank-1")
    assert refused(made, raw).fields["field"] == "sender"


def test_our_own_file_cannot_come_back_to_us(registry, tmp_path):
    made = world(registry, tmp_path)
    raw = made.send(made.plan(3).number, "ACC-REQ")
    assert refused(made, raw).fields["field"] == "sender"


BAD_LINES = {
    "ACC-RSP": (
        (2, {0: "1", 1: "A000000000"}, "line"),
        (2, {0: "9"}, "line"),
        (2, {0: "x"}, "line"),
        (1, {1: "A000000002"}, "application"),
        (3, {2: "maybe"}, "result"),
        (3, {2: "none"}, "fault"),
        (3, {3: "odd"}, "fault"),
        (3, {4: "AAAA"}, "personal"),
        (3, {4: "AAAA|"}, "fields"),
    ),
    "PRD-RSP": (
        (1, {0: "2"}, "line"),
        (1, {1: "spare"}, "line"),
        (1, {0: "0", 1: "spare"}, "result"),
        (1, {2: "0000000002"}, "chip_serial"),
        (1, {2: "9999999999"}, "chip_serial"),
        (1, {2: ""}, "chip_serial"),
        (1, {3: "3B00"}, "atr"),
        (1, {3: "3b"}, "atr"),
    ),
    "PER-RSP": (
        (1, {0: "2"}, "chip_serial"),
        (1, {0: "2", 2: "0000000002"}, "line"),
        (1, {2: "0000000002"}, "chip_serial"),
        (1, {2: "0000000009"}, "chip_serial"),
        (1, {3: "00" * 8}, "keys"),
        (1, {1: "key_error", 2: "", 3: "", 4: "x"}, "chip_serial"),
    ),
    "DLV-ACK": (
        (1, {0: "2"}, "chip_serial"),
        (1, {0: "2", 1: "0000000002"}, "line"),
        (1, {1: "0000000002"}, "chip_serial"),
    ),
}


def test_a_bad_line_is_named_and_the_file_refused_whole(waiting):
    made, partner, raw = waiting
    for line, cells, field in BAD_LINES[text.parse(raw).values["kind"]]:

        def spoil(lines: list[str], line: int = line, cells: dict[int, str] = cells) -> list[str]:
            given = lines[line - 1].split("|")
            for place, cell in cells.items():
                given[place] = cell
            lines[line - 1] = "|".join(given)
            return lines

        told = refused(made, forge(partner, raw, lines=spoil))
        assert told.fields["field"] == field, (line, cells)
        assert text.FIRST_DETAIL <= told.fields["line"] < text.FIRST_DETAIL + 4
    assert not made.receive(raw).again


def test_a_personal_cell_serves_its_own_line_only(registry, tmp_path):
    made = world(registry, tmp_path)
    bank, raw = waiting_for(made, "ACC-RSP")

    def swap(lines: list[str]) -> list[str]:
        first, second = (one.rpartition("|") for one in lines[:2])
        return [f"{first[0]}|{second[2]}", f"{second[0]}|{first[2]}", *lines[2:]]

    told = refused(made, forge(bank, raw, lines=swap))
    assert (told.fields["line"], told.fields["field"]) == (text.FIRST_DETAIL, "personal")


def test_a_spare_chip_of_which_the_last_file_does_not_tell_is_missed(registry, tmp_path):
    made = world(registry, tmp_path)
    centre, raw = waiting_for(made, "PER-RSP")
    told = refused(made, forge(centre, raw, lines=lambda lines: lines[:-1]))
    assert "spare chip 0000000004" in str(told)


def test_the_chip_of_another_line_makes_no_card(registry, tmp_path):
    made = world(registry, tmp_path)
    centre, raw = waiting_for(made, "PER-RSP")

    def cross(lines: list[str]) -> list[str]:
        first, second = (one.split("|") for one in lines[:2])
        first[2], second[2] = second[2], first[2]
        return ["|".join(first), "|".join(second), *lines[2:]]

    assert "belongs to line 2" in str(refused(made, forge(centre, raw, lines=cross)))


def test_a_line_moves_one_step_only(registry, tmp_path):
    """A line that the bank has not answered gets no chip, and one that is made is not made again."""
    made = world(registry, tmp_path)
    made.bank.parts = 3
    number = made.plan(3).number
    files = made.bank.answer(made.send(number, "ACC-REQ"))
    made.receive(files[0])
    again = forge(made.bank, files[1], lines=lambda _lines: list(text.parse(files[0]).lines))
    assert "line is in state HAS_ACCOUNT; line.account is accepted in PLANNED" in str(
        refused(made, forge_cell(made.bank, again, files[0]))
    )
    early = forge(
        made.maker,
        files[1],
        {"kind": "PRD-RSP", "sender": "maker-1", "seq": "1", "session": "-", "fields": columns("PRD-RSP")},
        lambda _lines: ["1|failed|||x"],
    )
    assert "PRD-RSP is accepted in FACTORY_BACK, FACTORY_OUT, PERSO_OUT" in str(refused(made, early))


def columns(kind: str) -> str:
    return "|".join(field.name for field in kinds()[kind].plain)


def forge_cell(bank: Partner, raw: bytes, first: bytes) -> bytes:
    """`raw` with the lines of `first`, written properly under its own number."""
    opened = read_file(
        first,
        environment="TEST",
        keys=OURS,
        sender=lambda name: Correspondent(name, "bank", bank.keys.public_key(EXCHANGE_KEY)),
    )
    seq = int(text.parse(raw).values["seq"])
    head = Head("ACC-RSP", opened.head.batch, seq, "bank-1", ISSUER, NOW, "TEST")
    return write_file(head, opened.rows, bank.keys, OURS.public_key(EXCHANGE_KEY))


# --- sequence and sending again ---------------------------------------------------------------------------


def test_a_file_that_comes_again_is_answered_as_before_and_changes_nothing(waiting):
    made, _partner, raw = waiting
    first = made.receive(raw)
    before = everything(made.registry)
    second = made.receive(raw)
    assert everything(made.registry) == before
    assert (first.again, second.again) == (False, True)
    assert (first.results, first.lines, first.seq) == (second.results, second.lines, second.seq)
    assert sum(first.results.values()) == first.lines


def test_another_file_under_a_number_that_was_used_is_refused(registry, tmp_path):
    made = world(registry, tmp_path)
    bank, raw = waiting_for(made, "ACC-RSP")
    made.receive(raw)
    other = forge(bank, raw, lines=lambda lines: lines[:1])
    assert str(refused(made, other).fields["reason"]) == "another file had this number"


def test_files_in_parts_are_taken_in_their_order_only(registry, tmp_path):
    made = world(registry, tmp_path)
    made.bank.parts = 3
    number = made.plan(3).number
    first, second, third = made.bank.answer(made.send(number, "ACC-REQ"))
    assert str(refused(made, second).fields["reason"]) == "the next one due is 1"
    made.receive(first)
    assert made.state(number) == "BANK_OUT"
    made.receive(second)
    made.receive(third)
    assert made.state(number) == "BANK_BACK"
    assert made.receive(first).again


def test_what_we_send_again_is_the_very_same(registry, tmp_path):
    made = world(registry, tmp_path)
    number = made.plan(3).number
    raw = made.send(number, "ACC-REQ")
    with registry.transaction(EVERYBODY) as work:
        assert sending.send_again(work, number, "ACC-REQ", 1).raw == raw
    assert made.bank.answer(raw) == made.bank.answer(raw)


# --- the declaration --------------------------------------------------------------------------------------


def test_the_chain_is_all_there_and_every_answer_has_its_request():
    found = kinds()
    assert list(found) == [
        "APP",
        "ACC-REQ",
        "ACC-RSP",
        "PRD-REQ",
        "PRD-RSP",
        "PER-REQ",
        "PER-RSP",
        "DLV",
        "DLV-ACK",
    ]
    for kind in found.values():
        assert (kind.sender == "issuer") != (kind.receiver == "issuer")
        assert "line" in kind.fields
        assert all(
            field.meaning.chinese and field.meaning.english and field.source for field in kind.fields.values()
        )


def test_what_tells_who_somebody_is_is_personal_everywhere():
    personal = {"name", "document_type", "document_number", "account", "record", "photo"}
    for kind in kinds().values():
        for field in kind.fields.values():
            assert field.personal == (field.name in personal), (kind.name, field.name)


def test_keys_and_days_read_as_they_are_written():
    assert len(key_id(OURS.public_key(EXCHANGE_KEY))) == 8
    assert text_of(kinds()["PER-REQ"].fields["issued_on"], date(2026, 3, 2)) == "2026-03-02"
    assert base64.b64decode(text_of(kinds()["PER-REQ"].fields["photo"], b"\x01\x02")) == b"\x01\x02"
    assert COUNTY == "419901"
    assert names("line")["HAS_ACCOUNT"].code == "20"
