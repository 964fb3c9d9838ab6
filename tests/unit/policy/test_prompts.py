"""Which words block a prompt."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from backdrop.aws import clients
from backdrop.aws.guardrails import Guardrail
from backdrop.core.errors import ErrorCode, PromptBlocked
from backdrop.policy.prompts import BlockList, Policies


def blocked(words: str, prompt: str, negative: str = "") -> str | None:
    try:
        BlockList.parse(words).check(prompt, negative)
    except PromptBlocked as error:
        return error.cause if error.code is ErrorCode.PROMPT_BLOCKED else None
    return None


@pytest.mark.parametrize(
    ("words", "prompt"),
    [
        ("gore", "full of GORE!"),
        ("gore", "gore-soaked floor"),
        ("naïve", "a NAIVE painting"),
        ("cafe", "in a Café, at noon"),
        ("Straße", "eine STRASSE"),
        ("red flag", "a red\nflag on a pole"),
        ("red flag", "a red-flag"),
        ("gore", "a go\u200bre scene"),
        ("gore", "a gö\u0308re scene"),
        ("fork", "a ﬀ ｆｏｒｋ"),
        ("血", "満月と血の海"),
        (" , gore ,", "gore"),
    ],
)
def test_a_word_is_found_whatever_its_case_accents_and_spacing(words: str, prompt: str) -> None:
    assert blocked(words, prompt)


@pytest.mark.parametrize(
    ("words", "prompt"),
    [
        ("gore", "a gorgeous beach with gorez"),
        ("red flag", "a red and a flag"),
        ("", "anything"),
        (" , !, ", "anything!"),
        ("c++", "a letter d"),
        (".*", "anything"),
    ],
)
def test_only_whole_words_are_found(words: str, prompt: str) -> None:
    assert blocked(words, prompt) is None


def test_the_message_names_the_word_as_the_list_has_it_and_where_it_stands() -> None:
    assert blocked("Café", "in a cafe") == "The prompt holds 'Café', a word that is not allowed here."
    assert (
        blocked("Café", "a beach", "cafes, CAFE")
        == "The negative prompt holds 'Café', a word that is not allowed here."
    )


def test_policies_are_asked_in_order_until_one_objects() -> None:
    asked: list[str] = []

    class Recorder:
        def __init__(self, name: str, *, objects: bool) -> None:
            self.name, self.objects = name, objects

        def check(self, prompt: str, negative_prompt: str, own: Sequence[str] = ()) -> None:
            asked.append(f"{self.name}:{prompt}:{negative_prompt}")
            if self.objects:
                raise PromptBlocked(ErrorCode.PROMPT_BLOCKED, self.name)

        def free_of_charge(self) -> Policies:
            return Policies()

    policies = Policies((Recorder("a", objects=False), Recorder("b", objects=True), Recorder("c", objects=False)))
    with pytest.raises(PromptBlocked, match="b"):
        policies.check("p", "n")
    assert asked == ["a:p:n", "b:p:n"]


def test_what_is_paid_is_left_out_where_nothing_may_be_paid() -> None:
    free = Policies((Guardrail(clients.bedrock_runtime, "g", "1"), BlockList(("beach",)))).free_of_charge()

    free.check("a forest", "")
    with pytest.raises(PromptBlocked):
        free.check("a beach", "")
