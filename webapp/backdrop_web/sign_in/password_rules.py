"""What a password must have, in words. The rules are the user pool's (template.yaml, `PasswordPolicy`)."""

from __future__ import annotations

from typing import Final

from backdrop.core.words.marks import phrase
from backdrop_web.text.language import translate, translate_count

MIN_LENGTH: Final = 12
SYMBOLS: Final = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+="
"""What Cognito counts as a symbol: https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html"""

RULES: Final = phrase(
    "At least {count} characters, with a small letter, a capital letter, a digit and a symbol such as ! ? - #",
    count=MIN_LENGTH,
)


def list_missing(password: str) -> list[str]:
    """Return what a password lacks, in the reader's words of a list: "a digit", "3 more characters"."""
    lacks = []
    short = MIN_LENGTH - len(password)
    if short > 0:
        lacks.append(translate_count("{count:,} more character", "{count:,} more characters", short))
    for there, what in (
        (any(character.islower() for character in password), translate("a small letter")),
        (any(character.isupper() for character in password), translate("a capital letter")),
        (any(character.isdigit() for character in password), translate("a digit")),
        (any(character in SYMBOLS for character in password), translate("a symbol such as ! ? - #")),
    ):
        if not there:
            lacks.append(what)
    return lacks
