"""What a password must have, in words. The rules are the user pool's (template.yaml, `PasswordPolicy`)."""

from __future__ import annotations

from typing import Final

MIN_LENGTH: Final = 12
SYMBOLS: Final = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+="
"""What Cognito counts as a symbol: https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html"""

RULES: Final = (
    f"At least {MIN_LENGTH} characters, with a small letter, a capital letter, a digit and a symbol such as ! ? - #"
)


def list_missing(password: str) -> list[str]:
    """Return what a password lacks, in the words of a list: "a digit", "3 more characters"."""
    lacks = []
    short = MIN_LENGTH - len(password)
    if short > 0:
        lacks.append(f"{short} more character{'s' if short > 1 else ''}")
    for there, what in (
        (any(character.islower() for character in password), "a small letter"),
        (any(character.isupper() for character in password), "a capital letter"),
        (any(character.isdigit() for character in password), "a digit"),
        (any(character in SYMBOLS for character in password), "a symbol such as ! ? - #"),
    ):
        if not there:
            lacks.append(what)
    return lacks
