"""The reference page of the commands: states, forms, status words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from card_os.iso7816.status import base
from card_os.spec.model import CommandSpec, LifeCycle, Meaning, Profile
from docs import texts
from docs.markdown import page, table
from docs.words import choose, say

ALLOWED = "●"
_OPEN_DIGITS = {0x63C0: "63Cx", 0x6100: "61xx", 0x6C00: "6Cxx"}


def commands_page(profiles: Sequence[Profile], language: str) -> str:
    """Which command is allowed when, how it looks, and what its status words mean."""
    general = profiles[0].statuses["*"]
    blocks = [f"# {say('Commands', language)}"]
    blocks.append(choose(texts.OPEN_DIGITS, language))
    blocks.append(f"## {say('Allowed in which state', language)}")
    for profile in profiles:
        blocks.append(f"### {choose(profile.meaning, language)} ({len(profile.commands)})")
        blocks.append(_states(profile, language))
    blocks.append(f"## {say('Status words of every command', language)}")
    blocks.append(_statuses(general, language))
    blocks.append(f"## {say('Commands', language)}")
    for name in dict.fromkeys(name for profile in profiles for name in profile.commands):
        blocks.extend(_command(profiles, name, language))
    return page(*blocks)


def _states(profile: Profile, language: str) -> str:
    rows = (
        (f"`{spec.name}`", *(ALLOWED if state in spec.states else "" for state in LifeCycle))
        for spec in profile.commands.values()
    )
    return table([say("command", language), *(state.value for state in LifeCycle)], rows)


def _command(profiles: Sequence[Profile], name: str, language: str) -> Iterator[str]:
    yield f"### `{name}`"
    heads = ("card", "name", "CLA", "INS", "P1", "source")
    with_command = [profile for profile in profiles if name in profile.commands]
    yield table(
        [say(head, language) for head in heads],
        (_form(profile, profile.commands[name], language) for profile in with_command),
    )
    yield _statuses(with_command[0].statuses[name], language)


def _form(profile: Profile, spec: CommandSpec, language: str) -> list[str]:
    return [
        choose(profile.meaning, language),
        choose(spec.meaning, language),
        " ".join(f"{cla:02X}" for cla in spec.classes),
        f"{spec.ins:02X}",
        say("any", language) if spec.p1 is None else f"{spec.p1:02X}",
        spec.source,
    ]


def _statuses(statuses: Mapping[int, Meaning], language: str) -> str:
    rows = ((_word(sw), choose(meaning, language)) for sw, meaning in sorted(statuses.items()))
    return table([say("status word", language), say("meaning", language)], rows)


def _word(sw: int) -> str:
    return _OPEN_DIGITS.get(base(sw), f"{sw:04X}")
