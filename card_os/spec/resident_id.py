"""Resident identity numbers: 17 digits, a date in them, and a check character.

# spec: issuance_and_ecard F.5 (GB 11643)
"""

from __future__ import annotations

from datetime import date

from card_os.spec.errors import Phrase

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"


def check_character(first17: str) -> str:
    """The 18th character that belongs to 17 digits."""
    return CHECK_CHARACTERS[sum(w * int(d) for w, d in zip(WEIGHTS, first17, strict=True)) % 11]


def problem(number: str) -> Phrase | None:
    """Why a number is no resident identity number; None where it is one."""
    if len(number) != 18 or not (number[:17].isascii() and number[:17].isdigit()):
        return Phrase("17 digits and a check character are expected")
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return Phrase("digits 7 to 14 are no date")
    if number[17] != check_character(number[:17]):
        return Phrase("the check character is wrong")
    return None


def birth_date(number: str) -> date:
    """The date of birth in a valid number."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def sex_code(number: str) -> str:
    """GB/T 2261.1 code of a valid number: an odd 17th digit is male."""
    return "1" if int(number[16]) % 2 else "2"
