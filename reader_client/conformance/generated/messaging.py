"""Secure messaging: each byte counts, the challenge is fresh, the key is that of the DF, the right is held.

A bad MAC is always followed by a good message, so that no card that counts bad ones is blocked.
# spec: terminal_interface 7, commands_and_crypto 3.3
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from card_os.spec.access import NEVER
from card_os.spec.model import FileKind, FileSpec, KeySpec, Meaning, Profile, Protection
from reader_client.conformance.conditions import is_open
from reader_client.conformance.generated.naming import anew, efs, short, updatable
from reader_client.conformance.model import Case
from reader_client.conformance.notation import steps_of

_FRESH = "commands_and_crypto 1.3 rule 3 [HC-T][REL SSC], 1.5 [REL]"
_FORM = "terminal_interface 7.1 [S][B], 7.3 [S]; commands_and_crypto 3.3 [HC-C]"


@dataclass(frozen=True, slots=True)
class Form:
    """A protected command to one file: its header, its plain data as read before, what restores the file."""

    name: str
    file: FileSpec
    header: str
    use: str
    before: str
    read: str
    data: str
    enciphered: bool

    @property
    def ins(self) -> str:
        """CLA and INS."""
        return self.header[:4]

    @property
    def good(self) -> str:
        """The command done right; it writes what is there."""
        verb = "secure" if self.enciphered else "maced"
        return f"{verb} {self.file.sm_key} {self.header} {self.data}".rstrip()

    @property
    def computed(self) -> str:
        """The same in two steps: the body as `p` over the challenge `c`."""
        verb = "protect" if self.enciphered else "mac"
        return f"{verb} p = {self.file.sm_key} {{c}} {self.header} {self.data}".rstrip()

    @property
    def length(self) -> int:
        """Bytes of the body."""
        if not self.enciphered:
            return 4
        plain = 1 + (4 if self.file.kind is FileKind.TRANSPARENT else self.file.record_lengths[0])
        return -(-(plain if plain % 16 == 0 else plain + 1) // 16) * 16 + 4


def cases(profile: Profile) -> Iterator[Case]:
    """All cases about protected commands."""
    for form in forms(profile):
        yield _flipped(form)
        yield _flipped_header(form)
        yield _stale(form)
        yield _other_keys(profile, form)
        yield _wrong_lengths(form)
        if not is_open(profile):
            yield _without_right(form)
    for file in efs(profile):
        if updatable(file) and file.protection is Protection.REQUIRED:
            yield _plain(profile, file)


def forms(profile: Profile) -> Iterator[Form]:
    """Every kind of protected command, once for each file that takes it."""
    for file in efs(profile):
        if not updatable(file) or file.protection is Protection.NONE:
            continue
        if file.kind is FileKind.TRANSPARENT:
            read = "send 00B0000004 -> 9000"
            yield Form("binary", file, "04D60000", "update", f"{read} as old", read, "{old}", True)
        elif file.kind is not FileKind.CYCLIC:
            read = "send 00B2010400 -> 9000"
            yield Form("record", file, "04DC0104", "update", f"{read} as old", read, "{old}", True)
        if file.set_valid != NEVER:
            read = "send 00B2010400 -> 9000"
            for ins, use, name in (("D2", "set_valid", "valid"), ("0C", "erase", "erase")):
                yield Form(name, file, f"84{ins}0104", use, f"{read} as old", read, "", False)


def _case(
    item: str,
    form: Form,
    title: Meaning,
    source: str,
    lines: list[str],
    *,
    quick: bool = False,
    part: str = "",
) -> Case:
    label, name = form.file.label, form.name + (f"-{part}" if part else "")
    before = [f"open {label} read", form.before, *anew(form.file, form.use)]
    after = [*anew(form.file, "read"), f"{form.read} = {{old}}"] if form.enciphered else []
    again = form.good if form.enciphered else f"secure {form.file.sm_key} 04DC0104 {{old}}"
    return Case(
        id=f"{item}-{short(form.file)}-{name}",
        title=Meaning(f"{label} {form.ins}：{title.chinese}", f"{label} {form.ins}: {title.english}"),
        source=source,
        steps=steps_of("\n".join((*before, *lines, *after))),
        restore=steps_of("\n".join((*anew(form.file, "update"), again))),
        quick=quick,
    )


def _flipped(form: Form) -> Case:
    lines = []
    for place in range(form.length):
        mask = "01" if place % 2 else "80"
        lines += ["challenge c", form.computed, f"send {form.header} {{#p}}{{p^{place}:{mask}}} -> 6988"]
        lines.append(form.good)
    title = Meaning(
        f"密文和 MAC 共 {form.length} 字节，任一字节改变返回 6988",
        f"each of the {form.length} bytes of cipher text and MAC changed is answered 6988",
    )
    quick = form.name == "valid" or form.file.label.endswith("DF02/EF06")
    return _case("M2", form, title, _FORM, lines, quick=quick)


def _flipped_header(form: Form) -> Case:
    """A MAC for another header: other class, command, P1, P2."""
    raw = bytes.fromhex(form.header)
    others = {"DC": "D6", "D6": "DC", "D2": "0C", "0C": "D2"}
    signed = (
        bytes((raw[0] ^ 0x80,)) + raw[1:],
        raw[:1] + bytes.fromhex(others[form.ins[2:]]) + raw[2:],
        raw[:2] + bytes((raw[2] ^ 0x02,)) + raw[3:],
        raw[:3] + bytes((raw[3] ^ 0x08,)),
    )
    lines = []
    for header in signed:
        computed = form.computed.replace(form.header, header.hex().upper())
        lines += ["challenge c", computed, f"send {form.header} {{#p}}{{p}} -> 6988", form.good]
    title = Meaning(
        "MAC 覆盖命令头，为另一命令头计算的 MAC 返回 6988",
        "the MAC covers the header; one for another header is answered 6988",
    )
    return _case("M2", form, title, _FORM, lines, part="header")


def _stale(form: Form) -> Case:
    send = f"send {form.header} {{#p}}{{p}}"
    lines = [
        "challenge older",
        "challenge c",
        form.computed.replace("{c}", "{older}"),
        f"{send} -> 6988",
        form.good,
        "challenge c",
        form.computed,
        f"{send} -> 9000",
        f"{send} -> 6984",
        "challenge c",
        form.computed,
        "send 0084000004 -> 9000",
        f"{send} -> 6984|6988",
        form.good,
    ]
    title = Meaning(
        "旧随机数 6988，用过的随机数和没有随机数 6984",
        "an older challenge is answered 6988, a used one and none 6984",
    )
    return _case("M3", form, title, _FRESH, lines, quick=True)


def _other_keys(profile: Profile, form: Form) -> Case:
    own = profile.keys[form.file.sm_key]
    lines = []
    for key in _messaging_keys(profile):
        if key is not own:
            computed = form.computed.replace(f" {own.name} ", f" {key.name} ")
            lines += ["challenge c", computed, f"send {form.header} {{#p}}{{p}} -> 6988", form.good]
    title = Meaning(
        "其他目录的安全报文密钥计算的报文返回 6988", "a message under the key of another DF is answered 6988"
    )
    return _case("M6", form, title, "commands_and_crypto 2.5 [HC-C]", lines)


def _messaging_keys(profile: Profile) -> list[KeySpec]:
    return [key for key in profile.keys.values() if key.usage == 8]


def _wrong_lengths(form: Form) -> Case:
    """One byte short, one too many, Lc that does not agree; a MAC that is right over a broken cipher text."""
    length = form.length
    refused = "6700|6987|6988|6A80"
    lines = []
    for body in (f"{length - 1:02X}{{p[0:{length - 1}]}}", f"{length + 1:02X}{{p}}00"):
        lines += ["challenge c", form.computed, f"send {form.header} {body} -> {refused}", form.good]
    lines += ["challenge c", form.computed, f"send {form.header} {length - 1:02X}{{p}} -> 6700"]
    lines += ["challenge c", form.computed, f"send {form.header} {length + 2:02X}{{p}} -> 6700", form.good]
    lines += ["challenge c", f"send {form.header} 03 000000 -> {refused}", form.good]
    if form.enciphered:
        for broken in (1, 15, 17):
            lines += [f"maced {form.file.sm_key} {form.header} {{5A*{broken}}} -> 6A80|6700", form.good]
        lines += [f"maced {form.file.sm_key} {form.header} -> 6A80|6700", form.good]
        # whole blocks under a right MAC, but deciphered they are no length, data and padding
        lines += [f"maced {form.file.sm_key} {form.header} {{5A*16}} -> 6A80|6700", form.good]
    title = Meaning(
        "长度差一、长度不一致、密文残缺均被拒绝", "lengths off by one and broken cipher texts are refused"
    )
    return _case("M7", form, title, "commands_and_crypto 1.4 [REL]; terminal_interface 7.3 [S]", lines)


def _without_right(form: Form) -> Case:
    """A message that is right in all but the right itself."""
    df = form.file.parent.removeprefix("MF/")
    lines = ["reset", f"select {df}", f"select {form.file.fid:04X}", f"{form.good} -> 6982"]
    if list(form.file.read.key_names()):
        lines += [*anew(form.file, "read"), f"{form.good} -> 6982"]
    title = Meaning(
        "没有更新权限时返回 6982，报文正确也一样",
        "without the right it is answered 6982, however good the message is",
    )
    return _case(
        "M8", form, title, "commands_and_crypto 1.5 [REL], 6.2 M8", lines, quick=form.name != "record"
    )


def _plain(profile: Profile, file: FileSpec) -> Case:
    """Plain data where protection is due; where an option frees it, plain data of a wrong length."""
    count = file.record_lengths[0]
    header = "DC0003" if file.kind is FileKind.CYCLIC else "DC0104"
    free = file.set_valid == NEVER and profile.options.get(file.plain_if, False)
    attempts = [f"send 00{header} 14{{5A*20}} -> {'6700|6A80' if free else '6987|6700'}"]
    if not free:
        attempts.append(f"send 00{header} {count:02X}{{old^0:01}} -> 6987")
    lines = [
        f"open {file.label} read",
        "send 00B2010400 -> 9000 as old",
        *anew(file, "update"),
    ]
    lines += [*attempts, *anew(file, "read"), "send 00B2010400 -> 9000 = {old}"]
    title = (
        Meaning("明文追加时长度不符被拒绝", "plain data of a wrong length is refused")
        if free
        else Meaning("明文更新返回 6987，内容不变", "plain updates are answered 6987 and change nothing")
    )
    return Case(
        id=f"M4-{short(file)}",
        title=Meaning(f"{file.label}：{title.chinese}", f"{file.label}: {title.english}"),
        source="commands_and_crypto 1.5 [DC]; apdus.csv rows 12, 13 [S]",
        steps=steps_of("\n".join(lines)),
        quick=True,
    )
