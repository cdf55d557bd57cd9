"""Every key that a SAM holds: how 80DE asks for it, and what it may then do.

# spec: commands_and_crypto 2.3, 2.4, 2.5
"""

from __future__ import annotations

from collections.abc import Iterator

from card_os.spec.key_record import USAGE_SECURE_MESSAGING, usage_byte
from card_os.spec.model import KeySpec, Meaning, Profile
from reader_client.conformance.model import Case, Need
from reader_client.conformance.notation import steps_of

CHALLENGE, CARD, CITY = "A0A1A2A3A4A5A6A7", "00A1A1A100000001", "3231303030303030"
READY = ("sam 0020000003 {pin} -> 9000", "sam select DF01")


def cases(profile: Profile) -> Iterator[Case]:
    """One case about 80DE and one about 80FA for each key."""
    for key in profile.keys.values():
        if key.sam_id is not None and key.usage is not None:
            yield _derived(key)
            yield _used(key)


def derive(key: KeySpec, version: int | None = None) -> str:
    """80DE for a key as terminals send it, without what is expected."""
    # keys of a single version go with version field 0; spec: commands_and_crypto 2.3
    number = version if version is not None else (1 if key.versions > 1 else 0)
    data = CARD + (CITY if key.steps == 2 else "") + CHALLENGE
    p2 = number << 5 | (key.sam_id or 0)
    return f"sam 80DE{usage_byte(key):02X}{p2:02X}{len(data) // 2:02X}{data}"


def _derived(key: KeySpec) -> Case:
    usage, own = usage_byte(key), key.sam_id or 0
    versions = range(1, key.versions + 1) if key.versions > 1 else (0, 1)
    lines = [f"{derive(key)} -> 6982|6985", *READY]
    lines += [f"{derive(key, version)} -> 9000 length 0" for version in versions]
    missing = [version for version in range(8) if version not in versions]
    lines += [f"{derive(key, version)} -> 6A88" for version in missing]
    p2 = (1 if key.versions > 1 else 0) << 5 | own
    data = {
        count: f"{8 * count:02X}" + (CARD + CITY + CHALLENGE + CARD)[: 16 * count] for count in (1, 2, 3, 4)
    }
    right = key.steps + 1
    lines += [f"sam 80DE{usage:02X}{p2:02X}{data[count]} -> 6A80" for count in data if count != right]
    for wrong in (usage ^ 0x0F, usage ^ 0x60, usage & 0x1F, usage ^ 0x01):
        lines.append(f"sam 80DE{wrong:02X}{p2:02X}{data[right]} -> 6A86")
    lines.append(f"sam 80DE{usage:02X}{p2:02X}07{data[1][2:16]} -> 6700")
    return Case(
        id=f"U2-{key.name}",
        title=Meaning(
            f"80DE {usage:02X} 标识 {own:02X}（{key.name}）：版本、级数、类型和长度均须相符",
            f"80DE {usage:02X} id {own:02X} ({key.name}): version, steps, type and length must fit",
        ),
        source="commands_and_crypto 2.3, 2.5 [HC-T/C]; keys.csv",
        steps=steps_of("\n".join(lines)),
        needs=frozenset({Need.SAM}),
        quick=key.name in ("RK1_DDF1", "STK_DF03"),
    )


def _used(key: KeySpec) -> Case:
    """One 80FA uses the key up; a MAC is for keys of secure messaging only."""
    macs = key.usage == USAGE_SECURE_MESSAGING
    enciphered = "sam 80FA000010{11*16} -> 9000 length 16"
    lines = [*READY, "sam 80FA000010{11*16} -> 6985", f"{derive(key)} -> 9000", f"{enciphered} as first"]
    lines += ["sam 80FA000010{11*16} -> 6985", f"{derive(key)} -> 9000", f"{enciphered} as second"]
    lines += ["same {first} {second}", f"{derive(key)} -> 9000"]
    if macs:
        lines += [
            "sam 80FA050020{00*16}{11*16} -> 9000 length 4 as mac",
            "sam 80FA050020{00*16}{11*16} -> 6985",
        ]
        # one block and a zero vector: the left 4 bytes of its cipher
        lines.append("same {mac} {first[0:4]}")
    else:
        lines.append("sam 80FA050020{00*16}{11*16} -> 6A86")
    forms = (
        Meaning("可加密并计算 MAC", "enciphers and makes MACs")
        if macs
        else Meaning("只可加密，不可计算 MAC", "enciphers and makes no MAC")
    )
    return Case(
        id=f"{'U3' if macs else 'U5'}-{key.name}",
        title=Meaning(
            f"{key.name}：80FA {forms.chinese}，每次之后须重新分散",
            f"{key.name}: 80FA {forms.english}, and each time the key has to be derived anew",
        ),
        source="commands_and_crypto 2.3 [HC-C], 2.4 [HC-T][DC]; terminal_interface 8.4 [T]",
        steps=steps_of("\n".join(lines)),
        needs=frozenset({Need.SAM}),
        quick=key.name in ("RK1_DDF1", "STK_DF03"),
    )
