"""Which prompts are taken: a list of blocked words, and whatever else implements `PromptPolicy`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from backdrop.core.errors import ErrorCode, PromptBlocked
from backdrop.core.words.marks import phrase

_SHOWN = 60


class PromptPolicy(Protocol):
    """What prompts may say, asked before anything is paid: `BlockList` here, `aws.guardrails.Guardrail` at AWS."""

    def check(self, prompt: str, negative_prompt: str, own: Sequence[str] = ()) -> None:
        """Let the texts pass; `own` are those that photos have for themselves.

        Raises:
            PromptBlocked: `PROMPT_BLOCKED`, naming the reason.
            ModerationUnavailable: `MODERATION_UNAVAILABLE`, the policy could not be asked.
        """

    def free_of_charge(self) -> PromptPolicy:
        """Return the part of the policy that costs nothing to ask."""


@dataclass(frozen=True)
class Policies:
    """Several policies in order; the first that objects decides. None at all: everything passes."""

    parts: Sequence[PromptPolicy] = ()

    def check(self, prompt: str, negative_prompt: str, own: Sequence[str] = ()) -> None:
        """Let the texts pass, or raise as `PromptPolicy.check` does."""
        for part in self.parts:
            part.check(prompt, negative_prompt, own)

    def free_of_charge(self) -> PromptPolicy:
        """Return the parts of the policies that cost nothing to ask."""
        return Policies(tuple(part.free_of_charge() for part in self.parts))


@dataclass(frozen=True)
class BlockList:
    """Words and phrases that neither text may hold, whole words only, whatever their case and accents."""

    words: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> BlockList:
        """Return the block list of the template's text: words or phrases separated by commas."""
        return cls(tuple(word.strip() for word in text.split(",") if _plain(word)))

    def check(self, prompt: str, negative_prompt: str, own: Sequence[str] = ()) -> None:
        """Let the texts pass, or raise `PromptBlocked` as `PromptPolicy.check` does."""
        words = ((phrase("prompt {words!r}", words=shorten(text)), text) for text in dict.fromkeys(own))
        for name, text in ((phrase("prompt"), prompt), (phrase("negative prompt"), negative_prompt), *words):
            word = self._found_in(text)
            if word is not None:
                raise PromptBlocked(
                    ErrorCode.PROMPT_BLOCKED,
                    phrase("The {what} holds {word!r}, a word that is not allowed here.", what=name, word=word),
                )

    def free_of_charge(self) -> PromptPolicy:
        """Return the block list itself: it costs nothing."""
        return self

    def _found_in(self, text: str) -> str | None:
        plain = _plain(text)
        return next((word for word in self.words if _pattern(_plain(word)).search(plain)), None)


def shorten(text: str) -> str:
    """Return the beginning of a text, by which people know it again."""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _plain(text: str) -> str:
    """Return a text without case, accents and invisible characters; whatever is neither letter nor digit becomes one
    blank."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = (one for one in decomposed if unicodedata.category(one) not in ("Mn", "Cf"))
    return re.sub(r"[\W_]+", " ", "".join(kept)).strip()


def _pattern(word: str) -> re.Pattern[str]:
    """Return a pattern of whole words; in scripts that set no blanks between words (Chinese, Japanese) of the word
    anywhere."""
    before = "" if _wide(word[0]) else r"(?<!\w)"
    after = "" if _wide(word[-1]) else r"(?!\w)"
    return re.compile(f"{before}{re.escape(word)}{after}")


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in ("W", "F")
