"""The commands of the card, one module each.

A command is parsed into a typed value before anything is decided, and then executed inside a transaction.
Which commands a card has, in which states, and what their status words mean stands in the declaration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

from card_os.iso7816.apdu import CommandApdu
from card_os.kernel.commands.activate import Activate
from card_os.kernel.commands.append_record import AppendRecord
from card_os.kernel.commands.block import ApplicationBlock, ApplicationUnblock, CardBlock
from card_os.kernel.commands.change_pin import ChangePin
from card_os.kernel.commands.cipher_data import CipherData
from card_os.kernel.commands.delivery_key import DeliveryKey
from card_os.kernel.commands.external_authenticate import ExternalAuthenticate
from card_os.kernel.commands.file_tree import CreateFile, EraseDf
from card_os.kernel.commands.get_card_data import GetCardData
from card_os.kernel.commands.get_challenge import GetChallenge
from card_os.kernel.commands.get_response import GetResponse
from card_os.kernel.commands.hash import Hash
from card_os.kernel.commands.index_record import EraseRecord, WriteRecord
from card_os.kernel.commands.internal_authenticate import InternalAuthenticate
from card_os.kernel.commands.key_pair import GenerateKeyPair, ReadPublicKey, ZValue
from card_os.kernel.commands.lock_data import LockData
from card_os.kernel.commands.pin_unblock import PinUnblock
from card_os.kernel.commands.read_binary import ReadBinary
from card_os.kernel.commands.read_record import ReadRecord
from card_os.kernel.commands.reload_pin import ReloadPin
from card_os.kernel.commands.select import Select
from card_os.kernel.commands.sign import Sign
from card_os.kernel.commands.update_binary import UpdateBinary
from card_os.kernel.commands.update_record import UpdateRecord
from card_os.kernel.commands.verify import Verify
from card_os.kernel.commands.verify_signature import VerifySignature
from card_os.kernel.commands.write_key import WriteKey

if TYPE_CHECKING:
    from card_os.kernel.card import Card


class Command(Protocol):
    """A command APDU as a typed value."""

    @classmethod
    def parse(cls, apdu: CommandApdu) -> Self:
        """Take the APDU apart; raises Refused for lengths and parameters that the command does not have."""
        ...

    def execute(self, card: Card) -> bytes:
        """Do it; returns the response data. Raises Refused."""
        ...


COMMANDS: dict[str, type[Command]] = {
    "activate": Activate,
    "append_record": AppendRecord,
    "application_block": ApplicationBlock,
    "application_unblock": ApplicationUnblock,
    "card_block": CardBlock,
    "create_file": CreateFile,
    "erase_df": EraseDf,
    "get_card_data": GetCardData,
    "internal_authenticate": InternalAuthenticate,
    "pin_unblock": PinUnblock,
    "reload_pin": ReloadPin,
    "change_pin": ChangePin,
    "cipher_data": CipherData,
    "delivery_key": DeliveryKey,
    "erase_record": EraseRecord,
    "external_authenticate": ExternalAuthenticate,
    "generate_key_pair": GenerateKeyPair,
    "get_challenge": GetChallenge,
    "get_response": GetResponse,
    "hash": Hash,
    "lock_data": LockData,
    "read_binary": ReadBinary,
    "read_public_key": ReadPublicKey,
    "read_record": ReadRecord,
    "select": Select,
    "sign": Sign,
    "update_binary": UpdateBinary,
    "update_record": UpdateRecord,
    "verify": Verify,
    "verify_signature": VerifySignature,
    "write_key": WriteKey,
    "write_record": WriteRecord,
    "z_value": ZValue,
}
