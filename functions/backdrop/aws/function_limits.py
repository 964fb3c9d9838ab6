"""Asks Lambda what an account may run at once. Free; used before anything is deployed."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from backdrop.aws.model_access import answered
from backdrop.domain.function_limits import FunctionLimits
from backdrop.models.access import Unanswered


def function_limits(session: boto3.session.Session, *, seconds: float) -> FunctionLimits | Unanswered:
    """The limits of the session's account in its Region, or in words why they are not known."""
    config = Config(
        connect_timeout=seconds, read_timeout=seconds, retries={"mode": "standard", "total_max_attempts": 2}
    )
    create: Any = session.client

    def ask() -> FunctionLimits:
        limit = create("lambda", config=config).get_account_settings()["AccountLimit"]
        return FunctionLimits(int(limit["ConcurrentExecutions"]), int(limit["UnreservedConcurrentExecutions"]))

    return answered("lambda:GetAccountSettings", ask)
