"""The loader refuses what cannot be right, and says where it stands."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from card_os.spec import loader
from card_os.spec.errors import DeclarationError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    with as_file(files("card_os.spec") / "profiles") as profiles:
        shutil.copytree(profiles, tmp_path / "profiles")
    return tmp_path / "profiles"


def spoil(tree: Path, file: str, old: str, new: str, name: str = "health_card") -> None:
    path = tree / name / file
    text = path.read_text("utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, 1), "utf-8")


def complaint(tree: Path, name: str = "health_card") -> DeclarationError:
    with pytest.raises(DeclarationError) as caught:
        loader.load_from(tree, name)
    return caught.value


def test_the_copy_itself_is_right(tree: Path) -> None:
    assert loader.load_from(tree, "health_card").items == loader.load("health_card").items
    assert loader.load_from(tree, "sam").sam_keys == loader.load("sam").sam_keys


FILES = "MF/DDF1/EF08,EF08,linear_tlv,,08,,,,DDF1.EF08,RK1_DDF1,UK1_DDF1,required,STK_DDF1"
CYCLIC = "MF/DDF1/DF02/EF07,EF07,cyclic,,07,3,120,,DF02.EF07"
GAP = "does not begin where the item before it ends"
KEY = "RK1_DF01,MF/DDF1/DF01,84,4,2,7,12,national,15"


@pytest.mark.parametrize(
    ("old", "new", "row", "reason"),
    [
        (FILES, FILES.replace("EF08,EF08", "EF08,EF06"), "MF/DDF1/EF08", "FID EF06 stands twice in MF/DDF1"),
        ("915600013201", "915600013200", "MF/DDF1/DF02", "another DF has the same name"),
        (FILES, FILES.replace("RK1_DDF1", "RK9"), "MF/DDF1/EF08", "its rights name RK9, which is no key"),
        (FILES, FILES.replace("UK1_DDF1", "UK9"), "MF/DDF1/EF08", "its rights name UK9, which is no key"),
        (FILES, FILES.replace("STK_DDF1", "STK9"), "MF/DDF1/EF08", "secure messaging names STK9"),
        (FILES, FILES.replace("STK_DDF1", ""), "MF/DDF1/EF08", "secure messaging names no key"),
        ("macless_index,UK1_DF03", "nonsense,UK1_DF03", "MF/DDF1/DF03/EF05", "plain_if names nonsense"),
        ("MF/DDF1/DF02,DF02", "MF/DDFX/DF02,DF02", "MF/DDFX/DF02", "its parent MF/DDFX is not declared"),
        (",3074,", ",0,", "MF/DDF1/EF07", "it holds nothing"),
        (CYCLIC, CYCLIC.replace(",3,", ",0,"), "MF/DDF1/DF02/EF07", "it holds nothing"),
        (CYCLIC, CYCLIC.replace(",3,120,,", ",,,120,"), "MF/DDF1/DF02/EF07", "it holds nothing"),
        (CYCLIC, CYCLIC.replace("120", "119"), "MF/DDF1/DF02/EF07", "its items need 120 bytes of 119"),
        (",1893,", ",1892,", "MF/DDF1/DF03/EE01", "its items need 1893 bytes of 1892"),
    ],
)
def test_files_by_path(tree: Path, old: str, new: str, row: str, reason: str) -> None:
    spoil(tree, "files.csv", old, new)
    assert f"health_card/files.csv row {row}: " in str(complaint(tree))
    assert reason in str(complaint(tree))


@pytest.mark.parametrize(
    ("file", "old", "new", "row", "reason"),
    [
        ("files.csv", "MF/DDF1/EF08,EF08,linear_tlv", "MF/DDF1/EF08,EF08,linear", 7, "linear"),
        ("files.csv", "MF/DDF1/EF08,EF08", "MF/DDF1/EF07,EF08", 7, "MF/DDF1/EF07 stands here twice"),
        ("files.csv", "MF/DDF1/EF08,EF08", "MF/DDF1/EF08,EFXX", 7, "EFXX"),
        ("files.csv", "MF/DDF1/EF08,EF08", ",EF08", 7, "first cell is empty"),
        ("files.csv", FILES, FILES.replace("required", "perhaps"), 7, "perhaps"),
        ("files.csv", FILES, FILES.replace("RK1_DDF1", "RK1 DDF1"), 7, "is no access rule"),
        ("files.csv", "files.csv; commands_and_crypto 5.1 [HC-C][HC-T]", "one,cell,more", 4, "as many cells"),
        ("items.csv", "2,spec_version", "2,card_class", 3, "card_class stands here twice"),
        ("items.csv", "2,spec_version", "2,", 3, "first cell is empty"),
        ("items.csv", "2,spec_version", "two,spec_version", 3, "two"),
        ("items.csv", "DDF1.EF05,2,,4,AN", "DDF1.EF05,2,,four,AN", 3, "four"),
        ("items.csv", "AN,AN..4,02,00", "AN,AN..4,0G,00", 3, "0G"),
        ("items.csv", ",AN..4,02,00,,,data_items.csv; empty value [rule],", "", 3, "as many cells"),
        ("keys.csv", "STK_DDF1,", "IRK_DDF1,", 3, "IRK_DDF1 stands here twice"),
        ("keys.csv", KEY, KEY.replace(",84,", ",G4,"), 19, "G4"),
        ("keys.csv", KEY, KEY.replace(",15", ",many"), 19, "many"),
        ("commands.csv", "select,00,A4", "select,0,XX", 2, "XX"),
        ("commands.csv", "PERSO ISSUED", "PERSO LOST", 2, "LOST"),
    ],
)
def test_cells_by_line(*, tree: Path, file: str, old: str, new: str, row: int, reason: str) -> None:
    spoil(tree, file, old, new)
    error = complaint(tree)
    assert str(error).startswith(f"{file} row {row}: ")
    assert reason in str(error)
    assert error.fields["row"] == row


@pytest.mark.parametrize(
    ("old", "new", "row", "reason"),
    [
        ("YLFYZFFS3,DDF1.EF08,", "YLFYZFFS3,DDF1.EF09,", "20", "no file has layout DDF1.EF09"),
        ("AN,AN..4,02", "AN,XX..4,02", "2", "AN XX..4 is no coding"),
        ("AN,AN..4,02", "BER,AN..4,02", "2", "BER AN..4 is no coding"),
        ("CN,D8,06", "CN,D9,06", "6", "CN D9 is no coding"),
        ("B,N1,0C", "B,N2,0C", "12", "B N2 is no coding"),
        ("B,N1,0C,00,sex,", "B,N1,0C,00,gender,", "12", "no code table gender"),
        ("0F,00,,resident_id", "0F,00,,passport", "15", "no rule passport"),
        ("AN,AN..4,02", "AN,AN..4,01", "2", "tag 01 stands twice"),
        ("DDF1.EF05,2,,4,AN", "DDF1.EF05,2,,0,AN", "2", "a length of 0 bytes"),
        ("DDF1.EF05,2,,4,AN", "DDF1.EF05,2,,256,AN", "2", "a length of 256 bytes"),
    ],
)  # fmt: skip
def test_items_by_number(tree: Path, old: str, new: str, row: str, reason: str) -> None:
    spoil(tree, "items.csv", old, new)
    assert str(complaint(tree)) == f"health_card/items.csv row {row}: {reason}"


@pytest.mark.parametrize(
    ("old", "new", "row", "reason"),
    [
        ("DDF1.EF05,2,,4,AN", "DDF1.EF05,3,,4,AN", "MF/DDF1/EF05", "do not count 1, 2, 3"),
        ("DDF1.EF05,2,,4,AN", "DDF1.EF05,,,4,AN", "MF/DDF1/EF05", "do not count 1, 2, 3"),
        ("AN,AN..4,02,", "AN,AN..4,,", "MF/DDF1/EF05", "has no tag"),
        (",70,10,AN,AN..10,", ",71,10,AN,AN..10,", "MF/DDF1/DF03/EE01", GAP),
        (",70,10,AN,AN..10,", ",69,10,AN,AN..10,", "MF/DDF1/DF03/EE01", GAP),
        (",70,10,AN,AN..10,", ",,10,AN,AN..10,", "MF/DDF1/DF03/EE01", GAP),
        ("DF02.EF08,,20,4,CN", "DF02.EF08,,20,5,CN", "MF/DDF1/DF02/EF08", "its items need 25 bytes of 24"),
    ],
)  # fmt: skip
def test_layouts(tree: Path, old: str, new: str, row: str, reason: str) -> None:
    spoil(tree, "items.csv", old, new)
    assert f"health_card/files.csv row {row}: " in str(complaint(tree))
    assert reason in str(complaint(tree))


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (KEY.replace(",84,", ",85,"), "reference 85 stands twice in MF/DDF1/DF01"),
        (KEY.replace(",12,", ",11,"), "SAM id 11 stands twice"),
        (KEY.replace(",12,", ",20,"), "usage and an id of five bits"),
        (KEY.replace(",7,12", ",,12"), "usage and an id of five bits"),
        (KEY.replace("84,4", "84,5"), "5 versions"),
        (KEY.replace("84,4", "84,0"), "0 versions"),
        (KEY.replace("national", "nobody"), "held at nobody"),
        (KEY.replace("MF/DDF1/DF01", "MF/DDF1/DF09"), "its DF MF/DDF1/DF09 is not declared"),
    ],
)
def test_keys_by_name(tree: Path, new: str, reason: str) -> None:
    spoil(tree, "keys.csv", KEY, new)
    assert "health_card/keys.csv row RK1_DF01: " in str(complaint(tree))
    assert reason in str(complaint(tree))


@pytest.mark.parametrize(
    ("old", "new", "row", "reason"),
    [
        ('cipher = "SM4"', 'cipher = "DES"', "cipher", "no cipher DES"),
        ('chip_maker = "00A1"', 'chip_maker = "00"', "atr", "2 bytes each"),
        ('write_key = "KT_MF', 'write_key = "KT9', "write_key", "it names KT9, which is no key"),
        ('activate = "state:CHIP"', 'activate = "KX"', "activate", "it names KX, which is no key"),
    ],
)
def test_settings(tree: Path, old: str, new: str, row: str, reason: str) -> None:
    spoil(tree, "profile.toml", old, new)
    assert f"health_card/profile.toml row {row}: " in str(complaint(tree))
    assert reason in str(complaint(tree))


def test_a_command_without_status_words(tree: Path) -> None:
    spoil(tree, "commands.csv", "lock_data,80", "lock_everything,80")
    assert str(complaint(tree)) == (
        "health_card/commands.csv row lock_everything: no status words are declared for it"
    )


def test_the_sam_serves_a_card_that_must_be_right_too(tree: Path) -> None:
    spoil(tree, "keys.csv", KEY, KEY.replace("84,4", "84,5"))
    assert "RK1_DF01" in str(complaint(tree, "sam"))
