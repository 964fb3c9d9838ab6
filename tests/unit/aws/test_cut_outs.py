"""What the CutOut function raises reaches whoever asked by its code; what AWS says, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

from backdrop.aws.cut_outs import CutOuts
from backdrop.aws.messages import Function, FunctionFailed
from backdrop.core.errors import BackdropError, ErrorCode


class Answering:
    """The function."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.payloads: list[Mapping[str, Any]] = []

    def call(self, payload: Mapping[str, Any]) -> Any:
        self.payloads.append(payload)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def ask(answer: object) -> Mapping[str, Any]:
    function = Answering(answer)
    found = CutOuts(cast("Function", function)).look({"Key": "k"})
    assert function.payloads == [{"Look": {"Key": "k"}}]
    return found


def test_the_answer_is_the_functions() -> None:
    assert ask({"Mask": "m", "Width": 8, "Height": 6})["Mask"] == "m"


def test_an_error_of_ours_keeps_its_code_and_its_next_step() -> None:
    raised = FunctionFailed("PhotoRefused", "PHOTO_CHANGED: mug.jpg is not the file that was checked.")
    with pytest.raises(BackdropError) as caught:
        ask(raised)
    assert (caught.value.code, caught.value.cause) == (
        ErrorCode.PHOTO_CHANGED,
        "mug.jpg is not the file that was checked.",
    )
    assert caught.value.next_step


def test_a_function_that_died_is_ours_to_repair() -> None:
    with pytest.raises(BackdropError) as caught:
        ask(FunctionFailed("Runtime.ExitError", "RequestId: 1 Error: Runtime exited"))
    assert caught.value.code is ErrorCode.INTERNAL
    assert "Runtime.ExitError" in caught.value.cause
