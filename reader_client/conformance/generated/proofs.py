"""EXTERNAL AUTHENTICATE with every key: versions, tries, wrong factors, challenges.

# spec: terminal_interface 6, commands_and_crypto 1.5, 3.6
"""

from __future__ import annotations

from collections.abc import Iterator

from card_os.spec.model import KeySpec, Meaning, Profile
from reader_client.conformance.generated.naming import home, winnable
from reader_client.conformance.model import Case
from reader_client.conformance.notation import steps_of

DATA = "1122334455667788"
OTHER_PROVINCE, OTHER_CARD = "32", "00A1A1A1FFFFFFFE"
_TRIES = "commands_and_crypto 1.4 [HC-T], 3.6 [HC-T, one card] [REL]"


def cases(profile: Profile) -> Iterator[Case]:
    """All cases about proving keys."""
    for key in winnable(profile):
        for version in range(1, key.versions + 1):
            yield _version(key, version)
        yield _counts(key)
        yield _blocked(key)
        yield _wrong_versions(key)
        yield _other_factors(key)
        yield _order_of_challenges(key)
        yield _serves_once(key)
        yield _replayed(key)
        yield _every_bit(key)
    for key in profile.keys.values():
        if not key.tries:
            yield _not_for_proof(key)


def send(key: KeySpec, value: str, version: int = 1, data: str = DATA) -> str:
    """EXTERNAL AUTHENTICATE with a value that a step before computed."""
    return f"send 008200{key.reference:02X}11 {value}{data}{version:02X}"


def _version(key: KeySpec, version: int) -> Case:
    lines = (
        home(key),
        f"authenticate {key.name} version {version}",
        "challenge c",
        f"value v = {key.name} {{c}} {{00*8}} version {version}",
        f"{send(key, '{v}', version, '{00*8}')} -> 9000 length 0",
    )
    return Case(
        id=f"A9-{key.name}-{version}",
        title=Meaning(
            f"{key.name} 第 {version} 版认证成功，终端随机数任意",
            f"{key.name} version {version} is proved, whatever the terminal's random number is",
        ),
        source="terminal_interface 6.1, 6.3 [S][T]" if version == 1 else "commands_and_crypto 2.5 [HC-C]",
        steps=steps_of("\n".join(lines)),
        quick=version == 1,
    )


def _wrong(key: KeySpec) -> tuple[str, ...]:
    return (
        "challenge c",
        f"value v = {key.name} {{c}} {DATA}",
        f"{send(key, '{v^0:80}')} -> 63Cx length 0",
    )


def _counts(key: KeySpec) -> Case:
    limit = key.tries
    lines = (
        home(key),
        f"authenticate {key.name}",
        *_wrong(key),
        "let first = {sw}",
        *_wrong(key),
        "tries {first} {sw}",
        f"authenticate {key.name}",
        *_wrong(key),
        "same {first} {sw}",
        f"same {{first}} 63C{limit - 1:X}",
    )
    return Case(
        id=f"A4-{key.name}",
        title=Meaning(
            f"{key.name}：每次错误少一次，首次为 63C{limit - 1:X}，成功后恢复",
            f"{key.name}: an error costs a try, the first answers 63C{limit - 1:X}; success restores them",
        ),
        source=_TRIES,
        steps=steps_of("\n".join(lines)),
        tries=(key.name,),
        restore=steps_of(f"reset\n{home(key)}\nauthenticate {key.name}"),
        quick=key.name in ("RK1_DDF1", "UK1_DF03"),
    )


def _blocked(key: KeySpec) -> Case:
    lines = [home(key), f"authenticate {key.name}"]
    for left in range(key.tries - 1, -1, -1):
        lines += ["challenge c", f"send 008200{key.reference:02X}11 {{00*16}}01 -> 63C{left:X}"]
    lines += [
        "challenge c",
        f"send 008200{key.reference:02X}11 {{00*16}}01 -> 6983",
        f"authenticate {key.name} -> 6983",
        "reset",
        home(key),
        f"authenticate {key.name} -> 6983",
    ]
    return Case(
        id=f"A3-{key.name}",
        title=Meaning(
            f"{key.name} 连续 {key.tries} 次错误后锁定（6983），复位后正确的值也不再接受",
            f"{key.name} is blocked after {key.tries} errors (6983), for right values and after a reset, too",
        ),
        source="commands_and_crypto 1.4 [REL], 3.6 [HC-T, one card]",
        steps=steps_of("\n".join(lines)),
        leaves=(f"key:{key.name}",),
    )


def _wrong_versions(key: KeySpec) -> Case:
    lines = [home(key)]
    for version in (0x00, key.versions + 1, 0x10, 0xFF):
        lines += ["challenge c", f"send 008200{key.reference:02X}11 {{00*16}}{version:02X} -> 6A88"]
    lines.append(f"authenticate {key.name}")
    return Case(
        id=f"A8-{key.name}",
        title=Meaning(
            f"{key.name} 没有的版本返回 6A88，不扣次数",
            f"versions that {key.name} does not have are answered 6A88 and cost no try",
        ),
        source="commands_and_crypto 1.4, 1.5 [HC-T]; terminal_interface 6.1 [I]",
        steps=steps_of("\n".join(lines)),
    )


def _other_factors(key: KeySpec) -> Case:
    lines = (
        home(key),
        "challenge c",
        f"value v = {key.name} {{c}} {DATA} as province {OTHER_PROVINCE}",
        f"{send(key, '{v}')} -> 63Cx",
        "challenge c",
        f"value v = {key.name} {{c}} {DATA} as card {OTHER_CARD}",
        f"{send(key, '{v}')} -> 63Cx",
        f"authenticate {key.name}",
    )
    province = key.held == "province"
    return Case(
        id=f"A10-{key.name}",
        title=Meaning(
            f"{key.name}：{'外省 SAM 的密钥' if province else '错误的省因子'}或另一张卡的密钥认证失败",
            f"{key.name}: the key of {'another province' if province else 'a wrong province factor'} "
            "or of another card is refused",
        ),
        source="terminal_interface 2.2 [T]; commands_and_crypto 3.1 [HC-I]",
        steps=steps_of("\n".join(lines)),
        tries=(key.name,),
        restore=steps_of(f"reset\n{home(key)}\nauthenticate {key.name}"),
    )


def _order_of_challenges(key: KeySpec) -> Case:
    lines = (
        home(key),
        "challenge older",
        "challenge last",
        # two challenges: the older one is the terminal's random number, as terminals of the field do it
        f"value v = {key.name} {{last}} {{older}}",
        f"{send(key, '{v}', data='{older}')} -> 9000",
        "challenge older",
        "challenge last",
        f"value v = {key.name} {{older}} {DATA}",
        f"{send(key, '{v}')} -> 63Cx",
        f"authenticate {key.name}",
    )
    return Case(
        id=f"A7-{key.name}",
        title=Meaning(
            f"{key.name}：两个随机数中只有后一个有效",
            f"{key.name}: of two challenges only the last one counts",
        ),
        source="terminal_interface 6.3 [T][S]; commands_and_crypto 1.3 rule 3 [HC-T]",
        steps=steps_of("\n".join(lines)),
        tries=(key.name,),
        restore=steps_of(f"reset\n{home(key)}\nauthenticate {key.name}"),
        quick=key.name in ("RK1_DDF1", "UK1_DF03"),
    )


def _serves_once(key: KeySpec) -> Case:
    lines = (
        home(key),
        "challenge c",
        f"value v = {key.name} {{c}} {DATA}",
        f"{send(key, '{v}')} -> 9000",
        f"{send(key, '{v}')} -> 6984",
        *_wrong(key),
        f"value v = {key.name} {{c}} {DATA}",
        f"{send(key, '{v}')} -> 6984",
        f"authenticate {key.name}",
    )
    return Case(
        id=f"A6-{key.name}",
        title=Meaning(
            f"{key.name}：随机数在成功或失败后都不再有效（6984）",
            f"{key.name}: a challenge is used up by success and by failure alike (6984)",
        ),
        source="commands_and_crypto 1.3 rule 3 [REL SSC] [DC], 1.5 [REL]",
        steps=steps_of("\n".join(lines)),
        tries=(key.name,),
        restore=steps_of(f"reset\n{home(key)}\nauthenticate {key.name}"),
    )


def _replayed(key: KeySpec) -> Case:
    lines = (
        home(key),
        "challenge c",
        f"value v = {key.name} {{c}} {DATA}",
        f"{send(key, '{v}')} -> 9000",
        "reset",
        home(key),
        "challenge fresh",
        "differ {c} {fresh}",
        f"{send(key, '{v}')} -> 63Cx",
        f"authenticate {key.name}",
    )
    return Case(
        id=f"A12-{key.name}",
        title=Meaning(
            f"{key.name}：重放以前成功的认证失败",
            f"{key.name}: an authentication that succeeded before fails when it is replayed",
        ),
        source="commands_and_crypto 6.2 A12, 3.3 [HC-T/C]",
        steps=steps_of("\n".join(lines)),
        tries=(key.name,),
        restore=steps_of(f"reset\n{home(key)}\nauthenticate {key.name}"),
    )


def _every_bit(key: KeySpec) -> Case:
    """Each byte of the cryptogram counts; success in between keeps the tries full."""
    lines = [home(key)]
    for place in range(8):
        lines += ["challenge c", f"value v = {key.name} {{c}} {DATA}"]
        lines += [f"{send(key, f'{{v^{place}:01}}')} -> 63Cx", f"authenticate {key.name}"]
    return Case(
        id=f"A2-{key.name}",
        title=Meaning(
            f"{key.name}：认证值任一字节错误均返回 63Cx",
            f"{key.name}: any wrong byte of the value is answered 63Cx",
        ),
        source="commands_and_crypto 1.4 [HC-T]",
        steps=steps_of("\n".join(lines)),
        tries=(key.name,),
        restore=steps_of(f"reset\n{home(key)}\nauthenticate {key.name}"),
    )


def _not_for_proof(key: KeySpec) -> Case:
    lines = [home(key), "challenge c", f"send 008200{key.reference:02X}11 {{00*16}}01 -> 6A88"]
    if key.usage == 8:
        # its own value, computed rightly, must open nothing either
        lines += ["challenge c", f"mac m = {key.name} {{c}} 00820011"]
        lines += [f"send 008200{key.reference:02X}11 {{m}}{{m}}{DATA}01 -> 6A88"]
    return Case(
        id=f"A8-{key.name}",
        title=Meaning(
            f"{key.name} 不能用于外部认证（6A88）",
            f"{key.name} cannot be proved by EXTERNAL AUTHENTICATE (6A88)",
        ),
        source="commands_and_crypto 2.5 [HC-C]; 1.5 [HC-I]",
        steps=steps_of("\n".join(lines)),
    )
