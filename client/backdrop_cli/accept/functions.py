"""Libraries that only Lambda can show to run: the signing of content credentials."""

from __future__ import annotations

import json
from typing import Any

from backdrop_cli.accept.check import Check
from backdrop_cli.accept.job import ended
from backdrop_cli.accept.trial import Trial
from backdrop_cli.doctor.findings import Fault, NotTried

_ARM = "https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html"
_SETTING = "CONTENT_CREDENTIALS_SECRET_ARN"
_NO_FORMAT = "accept.unknown"
"""A name whose kind of file carries no credentials: SignResult says so, and reads and writes nothing."""


def check_signing(trial: Trial) -> str:
    """The library that signs is loaded in Lambda."""
    state = _state_of(trial)
    result = {"OutputKey": _NO_FORMAT, "OutputBytes": 0, "OutputSha256": ""}
    name = trial.physical("SignResultFunction")
    event = {"Job": state["Job"], "Item": state["Item"], "Record": {}, "Result": result}
    answer = trial.call("lambda", "invoke", FunctionName=name, Payload=json.dumps(event).encode())
    body = json.loads(answer["Payload"].read())
    if "FunctionError" in answer and _SETTING in str(body.get("errorMessage")):
        # Settings are read after all imports (handlers/sign_result.py).
        return "c2pa is loaded in Lambda. This stack signs nothing, so the function went no further."
    if "FunctionError" in answer:
        raise Fault(
            f"SignResult fails: {body.get('errorType')}: {body.get('errorMessage')}",
            "Its artefact does not run there: build it for the stack's LambdaArchitecture and LambdaRuntime.",
        )
    return "c2pa is loaded in Lambda; nothing was signed."


def _state_of(trial: Trial) -> Any:
    """The input of a photo's run."""
    for events in ended(trial).children:
        for one in events:
            if told := one.get("executionStartedEventDetails"):
                return json.loads(told["input"])
    raise NotTried("No photo's run has a history to take a job's state from.")


CHECKS = (Check("signing", "c2pa is loaded in Lambda (SignResult)", _ARM, check_signing),)
