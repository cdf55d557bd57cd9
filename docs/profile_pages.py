"""Reference pages of the profiles themselves: settings, certificates, the list of pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from card_os.spec.certificate import CertificateKind, layout
from card_os.spec.loader import variants
from card_os.spec.model import Profile
from docs import texts
from docs.markdown import page, table
from docs.words import choose, rule_text, say
from reader_client.conformance.catalogue import cases_of

Setting = tuple[str, str, str]


def profiles_page(profiles: Sequence[Profile], language: str) -> str:
    """Every setting of every profile."""
    blocks = [f"# {say('Profiles', language)}"]
    heads = [say(head, language) for head in ("setting", "value", "meaning")]
    for profile in profiles:
        blocks.append(f"## {choose(profile.meaning, language)}")
        blocks.append(f"`card_os/spec/profiles/{profile.name}/profile.toml`")
        rows = ((f"`{name}`", value, text) for name, value, text in _settings(profile, language))
        blocks.append(table(heads, rows))
        blocks.extend(_variants(profile, language))
    return page(*blocks)


def _variants(profile: Profile, language: str) -> Iterator[str]:
    """What is declared of cards of the field that differ from the profile; nothing where there are none."""
    declared = variants(profile.name)
    if not declared:
        return
    yield f"### {say('Variants', language)} ({len(declared)})"
    yield choose(texts.VARIANTS, language)
    heads = [say(head, language) for head in ("variant", "meaning", "settings", "source")]
    yield table(
        heads,
        (
            (
                f"`{one.name}`",
                choose(one.meaning, language),
                ", ".join(_changed(one.settings, language)) or say("none", language),
                one.source,
            )
            for one in declared.values()
        ),
    )


def _changed(settings: Mapping[str, object], language: str, prefix: str = "") -> Iterator[str]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _changed(value, language, f"{prefix}{name}.")
            continue
        text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
        yield f"`{prefix}{name}` {_on_or_off(value, language) if isinstance(value, bool) else text}"


def _on_or_off(value: bool, language: str) -> str:
    return say("on" if value else "off", language)


def _settings(profile: Profile, language: str) -> Iterator[Setting]:
    values = {
        "cipher": profile.cipher,
        "transport": profile.transport,
        "fci": profile.fci,
        "lock_commands": ", ".join(command.hex().upper() for command in profile.lock_commands)
        or say("none", language),
        "challenge_lengths": ", ".join(map(str, profile.challenge_lengths)),
        "bad_mac_limit": str(profile.bad_mac_limit),
        "write_key": rule_text(profile.write_key, language),
        "write_key_plain": rule_text(profile.write_key_plain, language),
        "activate": rule_text(profile.activate, language),
        "atr.chip_maker": profile.chip_maker.hex().upper(),
        "atr.card_maker": profile.card_maker.hex().upper(),
    }
    if profile.pin is not None:
        values["pin.tries"] = str(profile.pin.tries)
        values["pin.min_bytes"] = str(profile.pin.min_bytes)
        values["pin.max_bytes"] = str(profile.pin.max_bytes)
        values["pin.delivered"] = profile.pin.delivered.hex() or say("none", language)
    for name, on in profile.options.items():
        values[f"options.{name}"] = _on_or_off(on, language)
    for name, value in values.items():
        meaning = texts.SETTINGS.get(name)
        yield name, value, choose(meaning, language) if meaning else ""


def certificates_page(profiles: Sequence[Profile], language: str) -> str:
    """The two certificate layouts; they belong to no profile alone."""
    blocks = [f"# {say('Certificates', language)}"]
    heads = [say(head, language) for head in ("field", "offset", "length")]
    for kind in CertificateKind:
        blocks.append(f"## {choose(texts.CERTIFICATES[kind], language)} ({kind.length})")
        rows = ((f"`{name}`", offset, length) for name, (offset, length) in layout(kind).items())
        blocks.append(table(heads, rows))
    return page(*blocks)


def index_page(profiles: Sequence[Profile], language: str) -> str:
    """The list of the pages with what they hold."""
    counts = {
        "files": sum(len(profile.files) for profile in profiles),
        "items": sum(len(profile.items) for profile in profiles),
        "keys": sum(len(profile.keys) for profile in profiles),
        "codes": sum(len(profile.codes) for profile in profiles),
        "commands": sum(len(profile.commands) for profile in profiles),
        "profiles": len(profiles),
        "certificates": len(CertificateKind),
        "conformance": len(cases_of(profiles[0])),
    }
    titles = {
        "files": "Files",
        "items": "Data items",
        "keys": "Keys",
        "codes": "Code tables",
        "commands": "Commands",
        "profiles": "Profiles",
        "certificates": "Certificates",
        "conformance": "Conformance cases",
    }
    rows = ((f"[{name}.md]({name}.md)", say(titles[name], language), count) for name, count in counts.items())
    heads = [say(head, language) for head in ("page", "contents", "count")]
    return page(f"# {say('Reference', language)}", choose(texts.GENERATED, language), table(heads, rows))
