"""The declaration against numbers typed from the sources."""

from __future__ import annotations

import card_bench as cb
import pytest

from card_os.spec.model import FileKind, KeySpec, LifeCycle

CARD, SAM = cb.profile(), cb.profile("sam")
# spec: terminal_interface 4.1, 7.5 and data_items.csv: tags and whole record lengths
RECORDS = {
    "DDF1/EF05": ([1, 2, 3, 4, 5, 6, 8, 9, 10, 57], [3, 6, 32, 13, 182, 6, 20, 5, 12, 5]),
    "DDF1/EF06": ([11, 12, 13, 14, 15], [32, 3, 3, 6, 20]),
    "DDF1/EF08": ([7, 16, 17, 18, 19, 20], [6, 22, 22, 3, 3, 3]),
    "DDF1/DF01/EF05": ([21, 22, 23, 24], [3, 102, 3, 102]),
    "DDF1/DF01/EF06": ([25, 26, 27, 28, 29, 30, 31, 32, 33], [32, 3, 22, 32, 3, 22, 32, 3, 22]),
    "DDF1/DF01/EF07": ([34, 35, 36], [3, 3, 5]),
    "DDF1/DF01/EF08": ([37, 38, 39, 40], [3, 20, 19, 20]),
    "DDF1/DF02/EF05": ([*range(41, 56)], [3] * 14 + [42]),
    "DDF1/DF02/EF06": ([56], [3]),
}
SIZES = {
    "DDF1/EF07": 3074,
    **{f"DDF1/DF03/EE0{n}": 1893 for n in (1, 2, 3)},
    **{f"DDF1/DF03/ED0{n}": 3267 for n in (1, 2, 3, 4, 5)},
}
NATIONAL = {
    "IRK_DDF1", "STK_DF02", "STK_DF03", "UK1_DF02", "UK2_DF02", "UK3_DF02", "UK1_DF03",
    "RK1_DDF1", "RK1_DF01", "RK1_DF02", "RK1_DF03",
}  # fmt: skip


def test_384_items_of_which_57_have_a_tag() -> None:
    assert [item.id for item in CARD.items.values()] == list(range(1, 385))
    tagged = [item for item in CARD.items.values() if item.tag is not None]
    assert [item.tag for item in tagged] == [item.id for item in tagged] == list(range(1, 58))


def test_records() -> None:
    tlv = {file.label for file in CARD.files.values() if file.kind is FileKind.LINEAR_TLV}
    assert tlv == set(RECORDS)
    for label, (tags, lengths) in RECORDS.items():
        file = CARD.files["MF/" + label]
        items = CARD.items_of(file)
        assert [item.tag for item in items] == tags
        assert list(file.record_lengths) == lengths
        assert file.size == sum(lengths)
        assert CARD.files_of(file.layout) == (file,)


def test_sizes_of_transparent_files() -> None:
    files = {f.label: f.size for f in CARD.files.values() if f.kind is FileKind.TRANSPARENT}
    assert files == SIZES
    assert [f.size for f in SAM.files.values() if f.kind is FileKind.TRANSPARENT] == [14, 6, 25, 180, 190]


def test_cyclic_and_index_files() -> None:
    shapes = {
        f.label: f.record_lengths
        for f in CARD.files.values()
        if f.kind in (FileKind.CYCLIC, FileKind.LINEAR_FIXED)
    }
    assert shapes == {
        "DDF1/DF02/EF07": (120,) * 3,
        "DDF1/DF02/EF08": (24,) * 10,
        "DDF1/DF03/EF05": (1,) * 3,
        "DDF1/DF03/EF06": (1,) * 5,
    }


@pytest.mark.parametrize(
    ("layout", "first", "last", "data", "whole", "visit"),
    [("DF03.EE", 64, 210, 1639, 1893, "inpatient"), ("DF03.ED", 213, 382, 3013, 3267, "outpatient")],
)
def test_visit_records(*, layout: str, first: int, last: int, data: int, whole: int, visit: str) -> None:
    items = CARD.by_layout[layout]
    assert items[0].id == first
    *clinical, signature, certificate = items
    assert clinical[-1].id == last
    assert sum(item.length for item in clinical) == data
    assert (signature.offset, signature.length) == (data, 64)
    assert (certificate.offset, certificate.length) == (data + 64, 190)
    assert data + 64 + 190 == whole
    assert signature.name.startswith(visit)
    end = 0
    for item in items:
        assert item.offset == end
        end += item.length


def test_every_layout_of_the_sam_fills_its_file() -> None:
    for file in SAM.files.values():
        if file.kind.is_ef:
            assert sum(item.length for item in SAM.items_of(file)) == file.size


def row_of(key: KeySpec) -> tuple[object, ...]:
    assert key.usage is not None
    return (
        key.df.removeprefix("MF/"),
        key.reference,
        key.sam_id,
        key.steps << 5 | key.usage,
        key.versions,
    )


@pytest.mark.parametrize("name", cb.KEYS)
def test_keys_as_typed(name: str) -> None:
    key = CARD.keys[name]
    assert row_of(key) == tuple(cb.KEYS[name])
    assert key.held == ("national" if name in NATIONAL else "province")
    assert key.steps == (2 if name in NATIONAL else 1)
    assert key.tries == (15 if cb.KEYS[name].authenticates else 0)


def test_no_key_more() -> None:
    assert set(CARD.keys) == {*cb.KEYS, "KT_MF"}
    assert set(SAM.keys) == {"KT_MF"}
    assert set(SAM.sam_keys) == set(cb.KEYS)
    assert sorted(key.sam_id or 0 for key in SAM.sam_keys.values()) == list(range(1, 0x17))


@pytest.mark.parametrize("profile", [CARD, SAM], ids=lambda profile: profile.name)
def test_every_row_says_where_it_comes_from(profile: object) -> None:
    assert isinstance(profile, type(CARD))
    for table in (profile.files, profile.items, profile.keys, profile.commands):
        assert all(row.source for row in table.values())


@pytest.mark.parametrize("profile", [CARD, SAM], ids=lambda profile: profile.name)
def test_status_words_have_meanings_in_both_languages(profile: object) -> None:
    assert isinstance(profile, type(CARD))
    for name in profile.commands:
        assert profile.status(name, 0x9000) is not None
        for meaning in profile.statuses[name].values():
            assert meaning.chinese
            assert meaning.english
    assert profile.status("select", 0x1234) is None
    assert profile.status("nothing", 0x6A82) == profile.statuses["*"][0x6A82]


def test_a_status_word_means_what_its_command_says() -> None:
    left = CARD.status("external_authenticate", 0x63CE)
    assert left is not None
    assert left.english == "authentication failed, x tries left for this key"
    assert CARD.status("select", 0x6114) == CARD.statuses["select"][0x6100]


def test_pin_and_states() -> None:
    assert SAM.pin is not None
    assert (SAM.pin.tries, SAM.pin.min_bytes, SAM.pin.max_bytes) == (10, 2, 6)
    assert CARD.pin is not None
    assert (CARD.pin.tries, CARD.pin.min_bytes, CARD.pin.max_bytes) == (6, 2, 8)
    blocked = {name for name, spec in CARD.commands.items() if LifeCycle.CARD_BLOCKED in spec.states}
    assert blocked == {"get_card_data"}


def test_code_tables() -> None:
    occupation, sex, name = (CARD.items[n] for n in ("occupation_code", "sex_code", "holder_name"))
    looked_up = CARD.code_meaning(occupation, "17")  # the first character decides
    assert looked_up == CARD.codes["occupation"]["1"]
    assert CARD.code_meaning(sex, "7") is None
    assert CARD.table_of(name) is None
    assert CARD.code_meaning(name, "1") is None


def test_the_photo_has_no_items() -> None:
    assert CARD.items_of(CARD.files["MF/DDF1/EF07"]) == ()
    assert [file.label for file in CARD.files_of("DF03.EE")] == [
        "DDF1/DF03/EE01",
        "DDF1/DF03/EE02",
        "DDF1/DF03/EE03",
    ]
