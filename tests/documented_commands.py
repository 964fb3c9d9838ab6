"""The `aws ...` commands that the documentation tells people to type, as calls of the AWS SDK."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StructureShape

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Command:
    """`operation`: the SDK's name of the call; `shape`: what it takes."""

    operation: str
    shape: StructureShape
    parameters: dict[str, Any]


_RENAMED = {("Subscribe", "--notification-endpoint"): "Endpoint"}
"""Options that the AWS CLI calls otherwise: `--endpoint` could be meant for its own `--endpoint-url`.
https://docs.aws.amazon.com/cli/latest/reference/sns/subscribe.html"""


def documented_commands() -> list[Command]:
    """All of them, in README.md and docs/.

    Raises:
        ValueError: a service, an operation or an option that AWS does not know.
    """
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [_read(line) for document in documents for line in _lines(document.read_text("utf-8"))]


def _lines(text: str) -> list[str]:
    """Command lines of the code blocks, with those that go on joined."""
    blocks = re.findall(r"^```(?:\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    joined = "".join(blocks).replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.startswith("aws ")]


def _read(line: str) -> Command:
    _, service, name, *words = shlex.split(line, comments=True)
    # The AWS CLI's name for the operations as they are; its `s3` is another thing.
    service = "s3" if service == "s3api" else service
    model = botocore.session.get_session().get_service_model(service)
    operation = next((one for one in model.operation_names if xform_name(one, "-") == name), name)
    shape = model.operation_model(operation).input_shape
    if shape is None:
        raise ValueError(f"aws {service} {name} takes nothing")
    members = {f"--{_dashed(member)}": member for member in shape.members}
    members |= {option: member for (of, option), member in _RENAMED.items() if of == operation}
    values: dict[str, list[str]] = {}
    member = ""
    for word in words:
        if word.startswith("--"):
            if word not in members:
                raise ValueError(f"aws {service} {name} has no option {word}")
            member = members[word]
            values[member] = []
        elif member:
            values[member].append(word)
        else:
            raise ValueError(f"aws {service} {name}: {word} belongs to no option")
    return Command(operation, shape, {one: _value(shape.members[one], given) for one, given in values.items()})


def _dashed(name: str) -> str:
    """`UserPoolId` as the command line has it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def _value(shape: Shape, words: list[str]) -> Any:
    """Words after an option as the SDK wants them: shorthand `Name=a,Value=b` is a structure."""
    if isinstance(shape, ListShape):
        return [_value(shape.member, [word]) for word in words]
    if isinstance(shape, StructureShape):
        pairs = [pair.split("=", 1) for pair in words[0].split(",")]
        return {name: _value(shape.members.get(name, shape), [word]) for name, word in pairs}
    if isinstance(shape, MapShape):
        return json.loads(words[0])
    if shape.type_name in ("integer", "long"):
        return int(words[0])
    if shape.type_name == "boolean":
        return not words or words[0] == "true"
    return words[0]
