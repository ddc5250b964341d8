"""The mark of a freight container (ISO 6346): owner, category, serial number and check digit."""

import re

_MARK = re.compile(r"([A-Z]{3}[UJZ][0-9]{6})([0-9])")
_MODULUS = 11


def _values() -> dict[str, int]:
    """What each character counts: digits themselves, letters from ten upwards without the multiples of eleven."""
    counted = [number for number in range(10, 39) if number % _MODULUS]
    return {str(digit): digit for digit in range(10)} | dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", counted, strict=True))


_VALUES = _values()


def check_digit(mark: str) -> int:
    """The check digit of the ten characters before it: each counts twice as much as the one before."""
    return sum(_VALUES[character] << place for place, character in enumerate(mark)) % _MODULUS % 10


def misread(written: str) -> bool:
    """Whether this is a container mark whose check digit does not fit; other marks are taken as they are written."""
    found = _MARK.fullmatch(written.replace(" ", "").replace("-", ""))
    return found is not None and check_digit(found[1]) != int(found[2])
