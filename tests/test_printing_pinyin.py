"""Names in pinyin: surnames as surnames, minorities and foreigners by their own rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from issuer.printing.errors import NameUnreadableError
from issuer.printing.pinyin import GIVEN, SURNAME, of_name, readings


@pytest.mark.parametrize(
    ("name", "pinyin"),
    [
        ("张伟", "ZHANG WEI"),
        ("单小明", "SHAN XIAOMING"),
        ("曾国强", "ZENG GUOQIANG"),
        ("仇英", "QIU YING"),
        ("查良", "ZHA LIANG"),
        ("解珍", "XIE ZHEN"),
        ("朴文", "PIAO WEN"),
        ("区文", "OU WEN"),
        ("任华", "REN HUA"),
        ("欧阳明哲", "OUYANG MINGZHE"),
        ("诸葛成生", "ZHUGE CHENGSHENG"),
        ("尉迟文", "YUCHI WEN"),
        ("万俟文", "MOQI WEN"),
        ("长孙文", "ZHANGSUN WEN"),
        ("澹台文", "TANTAI WEN"),
        ("欧阳", "OUYANG"),
        ("张", "ZHANG"),
        ("吕绿", "LYU LYU"),
        ("李建安", "LI JIAN'AN"),
        ("王晓娥", "WANG XIAO'E"),
        ("方晟", "FANG SHENG"),
        ("陈方安生", "CHEN FANG'ANSHENG"),
    ],
)
def test_han_names(name, pinyin):
    assert of_name(name) == of_name(name, "01") == pinyin


@pytest.mark.parametrize(
    ("name", "group", "pinyin"),
    [
        ("阿依古丽努尔·阿卜杜热西提艾力", "05", "AYIGULINU'ER ABUDUREXITI'AILI"),
        ("阿依古丽•买买提", "05", "AYIGULI MAIMAITI"),
        ("卓玛央金", "04", "ZHUOMAYANGJIN"),
        ("白玛", "04", "BAIMA"),
        ("高娃", "02", "GAOWA"),
        ("巴特尔", "02", "BATE'ER"),
        ("王小明", "02", "WANG XIAOMING"),
        ("单增", "04", "DANZENG"),
        ("爱新觉罗文", "11", "AIXINJUELUO WEN"),
        ("张阿依古丽", None, "ZHANGAYIGULI"),
    ],
)
def test_names_of_other_peoples(name, group, pinyin):
    # the last one: more characters than a given name has, and nothing known of the people
    assert of_name(name, group).replace("'", "") == pinyin.replace("'", "")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ANNIKA LINDMORROW", "ANNIKA LINDMORROW"),
        ("Annika Lindmorrow", "ANNIKA LINDMORROW"),
        ("José Núñez-Ibáñez", "JOSÉ NÚÑEZ-IBÁÑEZ"),
        ("O'Brien, Pat", "O'BRIEN, PAT"),
    ],
)
def test_names_in_latin_letters_stay(name, shown):
    assert of_name(name) == shown


def test_letters_between_characters_stay():
    assert of_name("玛丽A·史密斯") == "MALI A SHIMISI"


def test_a_character_without_a_reading_is_told_by_its_place_only():
    with pytest.raises(NameUnreadableError) as caught:
        of_name("张\U0002ffff明")
    assert caught.value.fields == {"position": 2}
    assert "张" not in str(caught.value)


def test_the_table_holds_nothing_that_pypinyin_knows():
    assert len(readings(SURNAME)) > 80
    for place in (SURNAME, GIVEN):
        for characters, pinyin in readings(place).items():
            assert pinyin.isascii()
            assert pinyin.isupper()
            if len(characters) == 1:
                assert "".join(lazy_pinyin(characters)).upper() != pinyin, f"{characters}: a row too many"


def test_surnames_of_several_characters_are_one_word():
    for surname, pinyin in readings(SURNAME).items():
        if len(surname) > 1:
            assert of_name(f"{surname}文") == f"{pinyin} WEN"


@given(st.text("张单欧阳明哲阿依卜曾·• AbéĂ安", min_size=1, max_size=30))
def test_any_name_becomes_one_line_of_capitals(name):
    pinyin = of_name(name)
    assert pinyin == pinyin.upper()
    assert pinyin == " ".join(pinyin.split())
    assert not any("\u4e00" <= character <= "\u9fff" for character in pinyin)
