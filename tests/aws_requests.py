"""Requests to AWS against botocore's model of each service: names, types, and what its own check leaves out, which are
patterns, enumerations and greatest lengths.

botocore sends a value that is too long or of an unknown kind, and the service refuses it; the local cloud mostly takes
it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a service by the name of its client, for example `dynamodb`."""
    return botocore.session.get_session().get_service_model(service)


def complaints(operation: OperationModel, request: dict[str, Any]) -> list[str]:
    """What the service would refuse of a request as it is given to a client, each with its place; nothing: none."""
    shape = operation.input_shape
    if shape is None:
        return [f"{operation.name} takes nothing"] if request else []
    report = ParamValidator().validate(request, shape)
    found = [report.generate_report()] if report.has_errors() else list(_limits(shape, request, ""))
    return [f"{operation.service_model.service_name}.{operation.name}: {one}" for one in found]


def _limits(shape: Shape, value: Any, place: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    size = value if isinstance(value, int | float) else len(value) if hasattr(value, "__len__") else None
    if size is not None and not isinstance(value, bool):
        if least is not None and size < float(least):
            yield f"{place} is {size}, least is {least}"
        if most is not None and size > float(most):
            yield f"{place} is {size}, most is {most}"
    match shape:
        case StructureShape():
            for name, one in value.items():
                yield from _limits(shape.members[name], one, f"{place}.{name}")
        case ListShape():
            for number, one in enumerate(value):
                yield from _limits(shape.member, one, f"{place}[{number}]")
        case MapShape():
            for key, one in value.items():
                yield from _limits(shape.key, key, f"{place}.{key}")
                yield from _limits(shape.value, one, f"{place}.{key}")
        case StringShape():
            if shape.enum and value not in shape.enum:
                yield f"{place} is {value!r}, none of {', '.join(shape.enum)}"
            # Some are anchored and some not; all are meant to be of the whole.
            pattern = shape.metadata.get("pattern")
            if pattern and not re.fullmatch(pattern, value):
                yield f"{place} is {value!r}, not {pattern}"


def refuse(params: dict[str, Any], model: OperationModel, **_: Any) -> None:
    """Raise AssertionError where the service would refuse a request.

    It is a handler of a client's event `before-parameter-build`, so the words are the caller's own.
    """
    # botocore's handlers have put things of their own beside them.
    found = complaints(model, {name: one for name, one in params.items() if name in _members(model)})
    assert not found, found


def _members(model: OperationModel) -> set[str]:
    return set(model.input_shape.members) if model.input_shape is not None else set()


# Two services are called otherwise by an ARN of Step Functions than by botocore.
_CLIENTS = {"states": "stepfunctions", "bedrock": "bedrock-runtime"}
# Of Step Functions alone: https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html
_ONLY_THERE = {"bedrock-runtime": {"Input", "Output"}}
# Where an integration takes JSON for a text: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html and
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
_JSON_AS_TEXT = {"MessageBody", "Detail"}


def integration_complaints(resource: str, template: dict[str, Any]) -> list[str]:
    """What a service would refuse of a Task's `Parameters`, as far as it can be seen before the workflow runs.

    Names in an integration are PascalCase (https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html).

    Args:
        resource: `arn:aws:states:::sns:publish` or `arn:aws:states:::aws-sdk:dynamodb:query`.
        template: the `Parameters`; what ends in `.$` is taken for right.
    """
    *_, service, action = resource.split(":")
    client = _CLIENTS.get(service, service)
    operation = service_model(client).operation_model(f"{action[0].upper()}{action[1:]}")
    shape = operation.input_shape
    assert isinstance(shape, StructureShape)
    more = _ONLY_THERE.get(client, set())
    own = {name: one for name, one in template.items() if name not in more}
    # The body comes from S3.
    needed = set(shape.required_members) - ({"body"} if more & set(template) else set())
    return list(_template(shape, own, action, needed))


def _pascal(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}"


def _template(shape: Shape, value: Any, place: str, needed: set[str] | None = None) -> Iterator[str]:
    match shape:
        case StructureShape() if isinstance(value, dict):
            members = {_pascal(name): one for name, one in shape.members.items()}
            given = {name.removesuffix(".$") for name in value}
            for name in {_pascal(one) for one in (shape.required_members if needed is None else needed)} - given:
                yield f"{place}: {name} is missing"
            for name, one in value.items():
                if name.removesuffix(".$") not in members:
                    yield f"{place}: {name} is no field"
                elif not name.endswith(".$") and not (name in _JSON_AS_TEXT and isinstance(one, dict)):
                    yield from _template(members[name], one, f"{place}.{name}")
        case ListShape() if isinstance(value, list):
            for number, one in enumerate(value):
                yield from _template(shape.member, one, f"{place}[{number}]")
        case MapShape() if isinstance(value, dict):
            for name, one in value.items():
                if not name.endswith(".$"):
                    yield from _template(shape.value, one, f"{place}.{name}")
        case _:
            report = ParamValidator().validate(value, shape)
            yield from [f"{place}: {report.generate_report()}"] if report.has_errors() else _limits(shape, value, place)
