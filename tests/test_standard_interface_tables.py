"""The C library's tables and its header against the declaration of the card."""

import re

from standard_interface_texts import HEADER, PROFILE, generate


def test_tables_are_in_step_with_the_declaration() -> None:
    made = generate.made()
    assert len(made) == 3
    for path, text in made.items():
        assert path.read_text("utf-8") == text, f"{path.name}: run python -m standard_interface.generate"


def test_parameters_stand_in_the_order_of_the_records() -> None:
    functions = re.findall(
        r"i([RW])_(DDF1|DF01|DF02)(EF\d\d)Info\(RHC_HANDLE hDev, ([^)]*)\);", HEADER.read_text("utf-8")
    )
    assert len(functions) == 24
    for _way, df, ef, parameters in functions:
        if (df, ef) != ("DDF1", "EF07"):
            names = re.findall(r"char \*(\w+)", parameters)
            assert names == [item.abbreviation for item in PROFILE.by_layout[f"{df}.{ef}"]]


def test_data_of_visit_records_ends_before_signature_and_certificate() -> None:
    lengths = {
        layout: (len(items), sum(item.length for item in items))
        for layout in generate.VISITS
        for items in [generate.data_items(PROFILE, layout)]
    }
    assert lengths == {"DF03.EE": (147, 1639), "DF03.ED": (170, 3013)}  # spec: terminal_interface 5.2


def test_keys_are_those_of_the_terminals() -> None:
    # typed by hand from terminal_interface 6.1
    listed = {
        "RK1_DDF1": "{0x47, 0x31, 0x04, 2}",
        "RK1_DF03": "{0x47, 0x34, 0x84, 2}",
        "UK1_DDF1": "{0x27, 0x2A, 0x05, 1}",
        "UK3_DF02": "{0x47, 0x2E, 0x87, 2}",
        "UK2_DF03": "{0x27, 0x30, 0x86, 1}",
        "STK_DF01": "{0x28, 0x03, 0x82, 1}",
        "STK_DF03": "{0x48, 0x05, 0x82, 2}",
    }
    text = generate.tables_c(PROFILE)
    for name, row in listed.items():
        assert f"struct rhc_key {name} = {row};" in text
