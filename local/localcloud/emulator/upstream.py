"""The only door to MiniStack.

MiniStack has no types and reads its environment at import, so its modules are imported here, once, after
`environment.apply` has run. Its version is checked first: the patches rely on names that are not an interface.
"""

from importlib import import_module
from importlib.metadata import version
from typing import Any

PINNED_VERSION = "1.5.33"


class UpstreamChanged(RuntimeError):
    """MiniStack no longer has the shape that a patch relies on."""


def expect(condition: object, what: str) -> None:
    """Raise `UpstreamChanged` with `what` unless `condition` holds."""
    if not condition:
        raise UpstreamChanged(f"MiniStack {PINNED_VERSION} was expected, but {what}")


def expect_attributes(module: Any, *names: str) -> None:
    """Raise `UpstreamChanged` when `module` lacks one of `names`."""
    missing = [name for name in names if not hasattr(module, name)]
    expect(not missing, f"{module.__name__} has no {', '.join(missing)}")


expect(version("ministack") == PINNED_VERSION, f"{version('ministack')} is installed")

app: Any = import_module("ministack.app")
router: Any = import_module("ministack.core.router")
responses: Any = import_module("ministack.core.responses")
iam_actions: Any = import_module("ministack.core.iam_actions")
iam_evaluator: Any = import_module("ministack.core.iam_evaluator")
persistence: Any = import_module("ministack.core.persistence")
lambda_runtime: Any = import_module("ministack.core.lambda_runtime")
lambda_service: Any = import_module("ministack.services.lambda_svc")
bedrock: Any = import_module("ministack.services.bedrock")
dynamodb: Any = import_module("ministack.services.dynamodb")
eventbridge: Any = import_module("ministack.services.eventbridge")
stepfunctions: Any = import_module("ministack.services.stepfunctions")
apigateway: Any = import_module("ministack.services.apigateway_v1")
s3: Any = import_module("ministack.services.s3")
sns: Any = import_module("ministack.services.sns")
cognito: Any = import_module("ministack.services.cognito")
provisioners: Any = import_module("ministack.services.cloudformation.provisioners")
