"""A card on a table under a plan of faults."""

from __future__ import annotations

from card_bench import PIN, Random, profile, snapshot

from card_os.faults import FaultyCard, Plan, Strike, parse_plan
from card_os.kernel.card import Card
from card_os.kernel.memory import Memory

HEAD = 'format = "rhc-faults/1"\nchinese = "试验"\nenglish = "trial"\n'
SELECT_DDF1 = bytes.fromhex("00A4000002DDF1")
FCI = bytes.fromhex("6F10840C57532E5359532E4444463031A5009000")
CHALLENGE = bytes.fromhex("0084000008")
VERIFY = b"\x00\x20\x00\x00\x03" + PIN
WRONG_PIN = bytes.fromhex("0020000003999999")


def plan(*rules: str, head: str = HEAD) -> Plan:
    return parse_plan(head + "".join(f"[[rule]]\n{rule}\n" for rule in rules))


def new_card(name: str = "health_card") -> Card:
    return Card(profile(name), Memory(snapshot(name=name)), Random())


class Table:
    """A powered card under rules, the strikes and the sleeps of it."""

    def __init__(self, *rules: str, name: str = "health_card") -> None:
        self.strikes: list[Strike] = []
        self.slept: list[float] = []
        self.inner = new_card(name)
        self.card = FaultyCard(self.inner, plan(*rules), told=self.strikes.append, sleep=self.slept.append)
        self.card.power_on()

    def select(self) -> bytes:
        return self.card.transmit(SELECT_DDF1)

    def pattern(self, count: int) -> str:
        """One letter for each SELECT: `.` as it should be, `x` struck."""
        return "".join("." if self.select() == FCI else "x" for _ in range(count))


STATUS = 'fault = "status"\nsw = "6F00"\n'
