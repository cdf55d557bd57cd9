"""The reference page of the conformance suite: every item of its list, every case."""

from __future__ import annotations

from collections.abc import Sequence

from card_os.spec.model import Meaning, Profile
from docs import texts
from docs.markdown import anchor, code, page, table
from docs.words import choose, say
from reader_client.conformance.catalogue import cases_of, items
from reader_client.conformance.model import Case, Certainty, Group, Item
from reader_client.conformance.terminal.judge import rules

GROUPS = {
    Group.RESET: Meaning("复位与标识", "Reset and identity"),
    Group.SELECT: Meaning("选择与隔离", "Selection and firewall"),
    Group.BINARY: Meaning("二进制文件", "Binary files"),
    Group.RECORD: Meaning("记录文件", "Record files"),
    Group.AUTHENTICATION: Meaning("认证与权限", "Authentication and rights"),
    Group.SECURE_MESSAGING: Meaning("安全报文", "Secure messaging"),
    Group.BLOCKING: Meaning("锁定与口令", "Blocking and PIN"),
    Group.PERSONALISATION: Meaning("个人化", "Personalisation"),
    Group.ROBUSTNESS: Meaning("健壮性", "Robustness"),
    Group.CRYPTOGRAPHY: Meaning("密码", "Cryptography"),
    Group.SAM: Meaning("SAM", "SAM"),
    Group.INTEGRATION: Meaning("综合", "Integration"),
}
CERTAINTIES = {
    Certainty.FACT: Meaning("事实", "fact"),
    Certainty.RELATED: Meaning("相关规范", "related"),
    Certainty.OURS: Meaning("解读", "ours"),
}


def conformance_page(profiles: Sequence[Profile], language: str) -> str:
    """Cases for a card of the first profile as it stands; variants have a few others."""
    cases = cases_of(profiles[0])
    blocks = [f"# {say('Conformance cases', language)}", choose(texts.CONFORMANCE, language)]
    for group in Group:
        in_group = [case for case in cases if case.group is group]
        blocks.append(f"## {group.value} {choose(GROUPS[group], language)} ({len(in_group)})")
        for item in items().values():
            if item.group is group:
                blocks.extend(_item(item, [case for case in in_group if case.item == item.id], language))
    blocks.append(f"## {say('Rules for terminals', language)} ({len(rules())})")
    blocks.append(_terminal_rules(language))
    return page(*blocks)


def _item(item: Item, cases: Sequence[Case], language: str) -> list[str]:
    head = f"### {item.id} {choose(item.title, language)} ({len(cases)})"
    proves = f"{choose(item.proves, language)} — {item.source}"
    heads = [say(name, language) for name in ("case", "contents", "certainty", "needs", "source")]
    rows = (
        (
            f"{anchor(case.id)}{code(case.id)}",
            choose(case.title, language),
            choose(CERTAINTIES[case.certainty], language),
            ", ".join(sorted(need.value for need in case.needs)),
            case.source,
        )
        for case in cases
    )
    return [head, proves, table(heads, rows)]


def _terminal_rules(language: str) -> str:
    heads = [say(name, language) for name in ("rule", "contents", "violation", "source")]
    rows = (
        (
            code(rule.id),
            choose(rule.title, language),
            say("violation" if rule.severe else "remark", language),
            rule.source,
        )
        for rule in rules().values()
    )
    return table(heads, rows)
