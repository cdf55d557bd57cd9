"""The cards of the benchmark in a process of their own, as the simulator is one: `card_host.py DIRECTORY`.

Prints a JSON line when they are in their slots, takes the user card out at the line `eject` and puts it back
at any other, with a line for each when PC/SC has seen it, and ends when its standard input does.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from card_os.kernel.card import Card
from lab import demo
from lab.pcsc.client import SOCKET_VARIABLE
from lab.pcsc.private_stack import private_stack

ECHO_CLASS = 0xF0
EJECT, INSERT = "eject", "insert"


class CardWithEcho:
    """A card and an echo card in one slot, so that both can be measured in turns.

    A command of class F0 is the echo's: it answers at once with as many zero bytes as Le of a command without
    data asks for, and 9000.
    """

    def __init__(self, card: Card) -> None:
        self._card = card

    @property
    def atr(self) -> bytes:
        """Of the card."""
        return self._card.atr

    def power_on(self) -> bytes:
        """Of the card."""
        return self._card.power_on()

    def reset(self) -> bytes:
        """Of the card."""
        return self._card.reset()

    def power_off(self) -> None:
        """Of the card."""
        self._card.power_off()

    def transmit(self, command: bytes) -> bytes:
        """One exchange with the one or the other."""
        if command[0] == ECHO_CLASS:
            return bytes(command[4] if len(command) == 5 else 0) + b"\x90\x00"
        return self._card.transmit(command)


def main() -> None:
    """Serve until standard input ends."""
    with private_stack(Path(sys.argv[1])) as stack:
        os.environ[SOCKET_VARIABLE] = str(stack.socket)
        user, sam = stack.readers.slots[0], stack.readers.slots[2]
        card = demo.issue_card(demo.resident("05"), 1).card
        stack.readers.insert(sam, CardWithEcho(demo.issue_sam(1)))
        stack.readers.insert(user, CardWithEcho(card))
        ready = {"socket": str(stack.socket), "user": user.reader, "sam": sam.reader}
        print(json.dumps(ready), flush=True)
        for line in sys.stdin:
            if line.strip() == EJECT:
                stack.readers.eject(user)
            else:
                stack.readers.insert(user, CardWithEcho(card))
            print(line.strip(), flush=True)
        stack.readers.pull_all()


if __name__ == "__main__":
    main()
