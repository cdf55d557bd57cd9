"""How cases are written: templates, expectations, steps, conditions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_os.spec.loader import load, variants
from reader_client.conformance.conditions import ConditionError, is_open, met
from reader_client.conformance.expectation import Expectation, ExpectationError
from reader_client.conformance.notation import NotationError, step_of, steps_of
from reader_client.conformance.steps import Authenticate, Open, Protected, Reset, Select, Send
from reader_client.conformance.template import Template, TemplateError

SAVED = {"a": bytes.fromhex("0011223344"), "empty": b""}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("00A4 0000 02 DDF1", "00A4000002DDF1"),
        ("00{a}", "000011223344"),
        ("{a[1:3]}", "1122"),
        ("{a[-2:]}", "3344"),
        ("{a^0:80}", "8011223344"),
        ("{a^-1:01}", "0011223345"),
        ("{#a}{a}", "050011223344"),
        ("{5A*3}", "5A5A5A"),
        ("{empty}", ""),
        ("", ""),
    ],
)
def test_a_template_is_filled(text, filled):
    assert Template.parse(text).fill(SAVED).hex().upper() == filled


@pytest.mark.parametrize("text", ["0", "XY", "{A}", "{a", "00*00", "{5A*}", "{a^0}", "..x"])
def test_what_is_no_template_is_refused(text):
    with pytest.raises(TemplateError):
        Template.parse(text)


@pytest.mark.parametrize("text", ["{unknown}", "{a^9:01}", "00..", "00*"])
def test_a_template_that_cannot_be_filled_says_so(text):
    with pytest.raises(TemplateError):
        Template.parse(text).fill(SAVED)


@pytest.mark.parametrize(
    ("pattern", "data", "fits"),
    [
        ("3903......", "3903110000", True),
        ("3903......", "39031100", False),
        ("3903*", "3903", True),
        ("3903*", "390311", True),
        ("3903*", "3904", False),
        ("{a}", "0011223344", True),
        ("{a}", "001122334455", False),
        ("", "", True),
        ("", "00", False),
    ],
)
def test_a_template_is_compared_with(pattern, data, fits):
    assert Template.parse(pattern).matches(bytes.fromhex(data), SAVED) is fits


@given(st.binary(max_size=40))
def test_every_byte_string_is_its_own_template(raw):
    template = Template.parse(raw.hex())
    assert template.fill({}) == raw
    assert template.matches(raw, {})
    assert not template.matches(raw + b"\x00", {})


@given(st.binary(min_size=1, max_size=20), st.data())
def test_one_flipped_byte_is_one_other_byte(raw, data):
    place = data.draw(st.integers(0, len(raw) - 1))
    mask = data.draw(st.integers(1, 255))
    flipped = Template.parse(f"{{x^{place}:{mask:02X}}}").fill({"x": raw})
    assert [i for i in range(len(raw)) if flipped[i] != raw[i]] == [place]
    assert flipped[place] ^ raw[place] == mask


@pytest.mark.parametrize(
    ("text", "sw", "takes"),
    [
        ("9000", 0x9000, True),
        ("9000", 0x6A82, False),
        ("6A82|6A83", 0x6A83, True),
        ("63Cx", 0x63CE, True),
        ("63Cx", 0x6300, False),
        ("61xx", 0x6110, True),
        ("not 9000", 0x6982, True),
        ("not 9000", 0x9000, False),
        ("not 9000|61xx", 0x6110, False),
        ("gone", 0x9000, False),
    ],
)
def test_an_expectation_takes_status_words(text, sw, takes):
    assert Expectation.parse(text).takes_status(sw) is takes


def test_an_expectation_takes_data_and_silence():
    expected = Expectation.parse("9000 length 2|3 = AA* or BB.. as x")
    assert (expected.lengths, expected.save) == ((2, 3), "x")
    assert expected.takes_data(bytes.fromhex("AA01"), {})
    assert expected.takes_data(bytes.fromhex("BB01"), {})
    assert not expected.takes_data(bytes.fromhex("BB0102"), {})
    assert not expected.takes_silence
    assert Expectation.parse("9000|gone").takes_silence
    assert not Expectation.parse("not gone").takes_silence
    assert Expectation.parse("not gone").takes_status(0x6F00)


@pytest.mark.parametrize("text", ["", "900", "90000", "gONE", "9000 = ", "9000 as 1x", "9000 length x"])
def test_what_is_no_expectation_is_refused(text):
    with pytest.raises((ExpectationError, TemplateError)):
        Expectation.parse(text)


def test_steps_are_read_as_typed():
    steps = steps_of(
        """
        # a remark
        reset
        select DDF1/EF05
        sam select DF01
        sam raw 80FA000010 {00*16} -> 6110
        send 00B2390005 -> 9000 = 3903* as city
        authenticate RK1_DDF1 version 2 -> 6A88
        open DDF1/EF06 read
        secure STK_DDF1 04DC0604 060420260102
        maced STK_DF03 84D20104 -> 6988
        """
    )
    kinds = [Reset, Select, Select, Send, Send, Authenticate, Open, Protected, Protected]
    assert [type(step) for step in steps] == kinds
    assert [step.uses_sam for step in steps] == [False, False, True, True, *[False] * 5]
    assert steps[1].fids == (b"\xdd\xf1", b"\xef\x05")
    assert steps[3].raw
    assert not steps[4].raw
    assert (steps[5].key, steps[5].version) == ("RK1_DDF1", 2)
    assert [step.enciphered for step in steps[7:]] == [True, False]
    assert steps[8].expected.statuses == ("6988",)
    assert steps[4].line == "send 00B2390005 -> 9000 = 3903* as city"


@pytest.mark.parametrize(
    "line",
    [
        "sned 00 -> 9000",
        "send 00A4",
        "send 00A4 -> ",
        "reset now",
        "select DDF1 -> 9000",
        "challenge 1",
        "open DDF1/EF06 write",
        "authenticate",
        "value = X",
        "secure STK_DDF1",
        "file x as y",
        "cut x",
        "fuzz 1",
        "sam",
        "send zz -> 9000",
        "random 100 -> 9000",
    ],
)
def test_a_line_that_is_no_step_is_refused_with_the_line(line):
    with pytest.raises(ValueError, match=line.split()[0]):
        step_of(line)


def test_a_notation_error_is_one_of_ours():
    with pytest.raises(NotationError, match="no step 'sned'"):
        step_of("sned 00 -> 9000")


def test_conditions_look_at_the_profile():
    plain, contact, free = (load("health_card", name) for name in ("", "contact_t0", "open_card"))
    assert met(["transport:contactless", "!open", "command:select", "!pin", "!mac_limit"], plain)
    assert not met(["transport:contactless"], contact)
    assert met(["open"], free)
    assert is_open(free)
    assert met(["update:DF03.EE=UK1_DF03", "lock:8005000000", "fci:with_proprietary"], plain)
    assert not met(["update:DF03.EE=UK1_DF03"], load("health_card", "visits_by_uk2"))
    assert met(["pin"], load("health_card", "with_holder_pin"))
    assert met(["mac_limit"], load("health_card", "bad_mac_limit_3"))
    for word in ("nonsense", "option:nonsense"):
        with pytest.raises(ConditionError):
            met([word], plain)


def test_every_variant_is_told_from_the_default_by_a_condition_or_by_its_rights():
    # what a variant changes is what the cases must be able to ask for
    plain = load("health_card", "")
    asked = [
        "open", "pin", "mac_limit", "fci:plain", "fci:none", "transport:contact_t0", "lock:8005000000",
        "lock:0044050000", "update:DF03.EE=UK1_DF03", *(f"option:{name}" for name in plain.options),
        *(f"command:{name}" for name in plain.commands),
    ]  # fmt: skip
    same = {
        name
        for name in variants("health_card")
        if [met([word], load("health_card", name)) for word in asked] == [met([w], plain) for w in asked]
    }
    assert same == {"contactless", "chip_0081", "chip_0090", "chip_0096"}
