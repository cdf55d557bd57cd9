"""A card for the tests of the stack: it says what it hears."""

from card_os.vpcd import CardMute

ATR = bytes.fromhex("3B80800101")
MUTING = bytes.fromhex("00EE0000")


class EchoCard:
    """Answers with the command and 9000, and refuses commands without power as a card has to."""

    atr = ATR

    def __init__(self) -> None:
        self.powered = False
        self.events: list[str] = []

    def power_on(self) -> bytes:
        self.powered = True
        self.events.append("on")
        return ATR

    def reset(self) -> bytes:
        self.powered = True
        self.events.append("reset")
        return ATR

    def power_off(self) -> None:
        self.powered = False
        self.events.append("off")

    def transmit(self, command: bytes) -> bytes:
        if not self.powered or command == MUTING:
            raise CardMute
        return command + b"\x90\x00"
