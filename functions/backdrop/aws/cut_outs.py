"""The function that cuts out, asked by somebody who waits for the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backdrop.aws.messages import Function, FunctionFailed
from backdrop.core.errors import BackdropError, explain


@dataclass(frozen=True)
class CutOuts:
    """The CutOut function. Implements `jobs.ports.CutOuts`.

    Args:
        function: the function.
    """

    function: Function

    def look(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the mask that was wished for: `{Mask, Width, Height, Algorithm, Version}` (`handlers/cut_out.py`).

        Raises:
            BackdropError: what the function raised, by its code; `INTERNAL` when it could not be called.
        """
        try:
            answer: Mapping[str, Any] = self.function.call({"Look": wish})
        except FunctionFailed as error:
            failure = explain(error.type, json.dumps({"errorMessage": error.message}))
            raise BackdropError(failure.code, failure.cause, failure.next_step) from error
        return answer
