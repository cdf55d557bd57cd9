"""Whole answers and typed errors on top of a channel: 61xx and 6Cxx never reach the layers above."""

from __future__ import annotations

from card_os.iso7816.apdu import MAX_LE, CommandApdu, ResponseApdu
from card_os.iso7816.status import SW, tries_left
from card_os.spec.model import Profile
from reader_client.channel import Channel
from reader_client.errors import PinBlockedError, PinError, status_error

_OK = b"\x90\x00"
_SELECT = bytes.fromhex("00A4000002")
_PIN_COMMANDS = ("verify", "change_pin")


class Answers:
    """Sends commands of one application and gets complete answers.

    GET RESPONSE goes out for 61xx, and a command goes out again with the Le that 6Cxx names: contact cards
    answer so in T=0, contactless ones never.  # spec: terminal_interface 11, commands_and_crypto 1
    """

    def __init__(self, channel: Channel, profile: Profile) -> None:
        self._channel = channel
        self._profile = profile

    def send(self, command: CommandApdu) -> ResponseApdu:
        """The answer with all its data, whatever its status word is."""
        return self._completed(command, self._exchange(command))

    def read(self, command: bytes) -> ResponseApdu | bytes:
        """The data of a command that went well at once, else the whole answer like `send`.

        The short way of the many commands that a whole card takes.
        """
        response = self._channel.transmit(command)
        if response.endswith(_OK):
            return response[:-2]
        return self._completed(CommandApdu.parse(command), ResponseApdu.parse(response))

    def select(self, file: str, fid: int) -> None:
        """SELECT by FID; control information that waits behind 61xx is not fetched, nobody here needs it."""
        response = self._channel.transmit(_SELECT + fid.to_bytes(2, "big"))
        if not response.endswith(_OK) and response[-2] != SW.BYTES_WAITING >> 8:
            raise status_error(self._profile, "select", file, ResponseApdu.parse(response).sw)

    def _completed(self, command: CommandApdu, response: ResponseApdu) -> ResponseApdu:
        if response.sw & 0xFF00 == SW.WRONG_LE:
            command = CommandApdu(
                command.cla, command.ins, command.p1, command.p2, command.data, (response.sw & 0xFF) or 256
            )
            response = self._exchange(command)
        data = response.data
        while response.sw & 0xFF00 == SW.BYTES_WAITING:
            response = self._exchange(CommandApdu(0x00, 0xC0, 0x00, 0x00, le=(response.sw & 0xFF) or 256))
            data += response.data
            if not response.data or len(data) > MAX_LE:
                break  # a card that promises bytes for ever
        return ResponseApdu(data, response.sw)

    def check(self, name: str, file: str, command: CommandApdu) -> bytes:
        """The data of a command that must succeed.

        `name` is the command's name in the declaration, `file` what the user knows the file by. Raises
        StatusError, RightMissingError for 6982, PinError and PinBlockedError for the PIN commands.
        """
        response = self.read(command.to_bytes())
        if isinstance(response, bytes):
            return response
        if response.ok:
            return response.data
        if name in _PIN_COMMANDS:
            left = tries_left(response.sw)
            if response.sw == SW.METHOD_BLOCKED or left == 0:
                raise PinBlockedError
            if left is not None:
                raise PinError(left)
        raise status_error(self._profile, name, file, response.sw)

    def _exchange(self, command: CommandApdu) -> ResponseApdu:
        return ResponseApdu.parse(self._channel.transmit(command.to_bytes()))
