"""Asks Lambda what an account may run at once. Free; used before anything is deployed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from backdrop.aws.model_questions import answered
from backdrop.models.account.access import Unanswered
from backdrop.models.account.function_limits import FunctionLimits


@dataclass(frozen=True)
class FunctionQuestions:
    """Asks Lambda.

    Args:
        connect: gives the client.
    """

    connect: Callable[[], Any]

    def limits(self) -> FunctionLimits | Unanswered:
        """The limits of the account in the client's Region, or in words why they are not known."""

        def ask() -> FunctionLimits:
            limit = self.connect().get_account_settings()["AccountLimit"]
            return FunctionLimits(int(limit["ConcurrentExecutions"]), int(limit["UnreservedConcurrentExecutions"]))

        return answered("lambda:GetAccountSettings", ask)
