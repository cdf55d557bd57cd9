"""The windows of the issuing office in their order; each says who the trainee is at it."""

from __future__ import annotations

from collections.abc import Sequence

from card_os.spec.model import Meaning
from lab.training import office_forms, office_work
from lab.training.office_places import PEOPLE
from lab.training.window import House, Window


def _as(name: str, chinese: str, english: str) -> Meaning:
    who = PEOPLE[name].title
    return Meaning(f"您现在是{who.chinese}：{chinese}", f"You are now the {who.english}: {english}")


WINDOWS: Sequence[Window] = (
    Window(
        "application",
        House.OFFICE,
        Meaning("申领", "Application"),
        _as("collector", "收下申领表和照片", "take in form and photo"),
        Meaning("提交", "Hand in"),
        office_work.apply,
        office_forms.application_form,
        needs_card=False,
    ),
    Window(
        "review",
        House.OFFICE,
        Meaning("审核", "Review"),
        Meaning(
            "您依次是县登记中心、省卡管中心和银行的审核员",
            "You are the reviewer of county, centre and bank in turn",
        ),
        Meaning("给出意见", "Give the verdict"),
        office_work.review,
        office_forms.review_form,
        needs_card=False,
    ),
    Window(
        "making",
        House.OFFICE,
        Meaning("制卡", "Personalisation"),
        _as("personaliser", "把空白卡放进读卡器，制成这个人的卡", "make it on a blank one in the reader"),
        Meaning("制卡", "Make the card"),
        office_work.make,
        office_forms.making_form,
        writes=Meaning("密钥和全部数据", "keys and all data"),
    ),
    Window(
        "counter",
        House.OFFICE,
        Meaning("领卡与激活", "Pick-up and activation"),
        _as("clerk", "核对证件，发卡并激活", "look at the document, hand out, activate"),
        Meaning("发卡并激活", "Hand out and activate"),
        office_work.hand_out,
        office_forms.counter_form,
        reads=Meaning("卡号、芯片号、真伪", "card number, chip, whether it is genuine"),
    ),
    Window(
        "loss",
        House.OFFICE,
        Meaning("挂失与补卡", "Loss and replacement"),
        _as("clerk", "挂失、解挂、申请补卡", "report a loss, undo it, apply for another card"),
        Meaning("办理", "Do it"),
        office_work.lose,
        office_forms.loss_form,
        needs_card=False,
    ),
    Window(
        "pin",
        House.OFFICE,
        Meaning("重置密码", "PIN reset"),
        _as(
            "clerk",
            "持卡人忘记密码，核对证件后重设",
            "look at the document, set a new PIN",
        ),
        Meaning("重置密码", "Set the PIN"),
        office_work.reset_pin,
        office_forms.pin_form,
        writes=Meaning("持卡人密码", "the holder's PIN"),
    ),
)
