"""What a window of the issuing office shows of an application and of a card."""

from __future__ import annotations

from collections.abc import Mapping

from card_os.spec.model import Meaning
from issuer.applications.documents import documents
from issuer.applications.fields import fields
from issuer.registry.work import Row
from lab.training import showing
from lab.training.office_forms import code_names
from lab.training.window import Group
from lab.training.window import Row as ShownRow
from language import _, choose, current

_STATES = {
    "PERSO": Meaning("已制卡，待领", "made, waits to be handed out"),
    "ISSUED": Meaning("已领卡，待激活", "handed out, not yet active"),
    "ACTIVE": Meaning("在用", "active"),
    "ORAL_LOSS": Meaning("口头挂失", "lost, by an oral report"),
    "FORMAL_LOSS": Meaning("正式挂失", "lost, by a written report"),
    "CANCELLED": Meaning("已注销", "cancelled"),
}


def papers(values: Mapping[str, str]) -> Group:
    """What was applied with, by the names of the fields."""
    rows = tuple(ShownRow(name, _label(name), _in_words(name, text)) for name, text in values.items())
    return Group(_("what was applied with"), rows)


def _in_words(name: str, text: str) -> str:
    """A text of the form with the meaning of its code, where it is one."""
    if name in fields() and fields()[name].item is not None:
        return showing.in_words(name, text)
    tables = {
        "document_type": {code: row.meaning for code, row in documents().items()},
        "guardian_relation": code_names("relation"),
        "guardian_proof": code_names("proof"),
    }
    table = tables.get("document_type" if name.endswith("document_type") else name, {})
    return choose(table[text]) if text in table else text


def _label(name: str) -> str:
    found = fields().get(name)
    if found is None:
        return name
    return found.chinese if current() == "zh" else found.english


def of_card(row: Row) -> Group:
    """What the registry says of a card."""
    rows = (
        ShownRow("card_number", _("card number"), row["card_number"]),
        ShownRow("chip_serial", _("chip"), row["chip_serial"]),
        ShownRow("state", _("state in the registry"), _state(row["state"])),
        ShownRow("expires_on", _("last day"), row["expires_on"].isoformat()),
    )
    return Group(_("the card in the registry"), rows)


def _state(state: str) -> str:
    return choose(_STATES[state]) if state in _STATES else state
