"""What the template's roles may do, and which of it whole runs on the local cloud asked for: `docs/permissions.md`.

`python -m tests.permissions FOLDER` takes the record of needed calls (`role_calls.jsonl` beside this file) anew from
all local clouds whose homes lie below FOLDER, for example pytest's `--basetemp`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from tests.permission_reasons import REASONS, UNSEEN
from tests.static.conftest import read_template

RECORD = Path(__file__).with_name("role_calls.jsonl")

_HOME = "us-east-1:000000000000"
_ARNS = {
    "AWS::Serverless::Function": f"arn:aws:lambda:{_HOME}:function:{{}}",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{_HOME}:table/{{}}",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{_HOME}:{{}}",
    "AWS::SNS::Topic": f"arn:aws:sns:{_HOME}:{{}}",
    "AWS::KMS::Key": f"arn:aws:kms:{_HOME}:key/00000001-0000-0000-0000-000000000000",
    "AWS::Serverless::StateMachine": f"arn:aws:states:{_HOME}:stateMachine:{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{_HOME}:log-group:{{}}:*",
}
_GIVEN: dict[str, Any] = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "000000000000",
    "ModelRegions": ["us-east-2", "us-west-2"],
    "GuardrailId": "guardrail",
    "EncryptionKeyArn": f"arn:aws:kms:{_HOME}:key/own",
    "ContentCredentialsSecretArn": f"arn:aws:secretsmanager:{_HOME}:secret:secret",
}
_SAME = (
    (re.compile(r"guardrail/\w+"), "guardrail/guardrail"),
    (re.compile(r":secret:[^\"]+"), ":secret:secret"),
    (re.compile(r"(:function:\w+):\d+\b"), r"\1:1"),
)
_evaluator: Any = import_module("ministack.core.iam_evaluator")


class Grant(NamedTuple):
    """One action on one resource that a statement allows a role; `when`: the template's condition for it."""

    role: str
    sid: str
    when: str | None
    action: str
    resource: str
    condition: str

    @property
    def name(self) -> str:
        """Where it stands."""
        return f"{self.role}.{self.sid} {self.action} on {self.resource}"


class Call(NamedTuple):
    """A call that a role made on the local cloud, and was allowed."""

    role: str
    action: str
    resource: str
    region: str
    profile: str | None


def calls_of(lines: Iterable[str]) -> set[Call]:
    """Read the emulator's record (`localcloud.emulator.role_calls`)."""
    found = set()
    for line in lines:
        for pattern, same in _SAME:
            line = pattern.sub(same, line)
        one = json.loads(line)
        found.add(
            Call(one["role"], one["action"], one["resource"], one["region"], one.get("bedrock:inferenceprofilearn"))
        )
    return found


def needed_calls() -> set[Call]:
    """The calls of the committed record."""
    return calls_of(RECORD.read_text("utf-8").splitlines())


def statements() -> Iterator[tuple[str, str | None, dict[str, Any]]]:
    """Every statement of every role: the role, the template's condition for it, the statement; in the template's
    order."""
    for name, resource in read_template()["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Role":
            documents = [(name, one["PolicyDocument"]) for one in properties["Policies"]]
        elif resource["Type"] == "AWS::IAM::Policy":
            documents = [(one["Ref"], properties["PolicyDocument"]) for one in properties["Roles"]]
        else:
            continue
        for role, document in documents:
            for one in document["Statement"]:
                when, statement = one["Fn::If"][:2] if "Fn::If" in one else (None, one)
                yield role, when, statement


def grants() -> list[Grant]:
    """All that the roles may do, with every optional statement."""
    return [
        Grant(role, one["Sid"], when, action, resource, json.dumps(_resolved(one.get("Condition", {}))))
        for role, when, one in statements()
        for action in _list(one["Action"])
        for resource in _list(_resolved(one["Resource"]))
    ]


def denied_without(all_grants: Iterable[Grant], calls: Iterable[Call]) -> dict[Grant, list[Call]]:
    """Which calls the local cloud's own policy engine denies when one grant is taken away; nothing for one that no call
    needs."""
    by_role: dict[str, list[Grant]] = {}
    for grant in all_grants:
        by_role.setdefault(grant.role, []).append(grant)
    found: dict[Grant, list[Call]] = {grant: [] for grants_ in by_role.values() for grant in grants_}
    for call in calls:
        allowing = [grant for grant in by_role.get(call.role, []) if allows(grant, call)]
        if len(allowing) == 1:
            found[allowing[0]].append(call)
    return found


def refused(all_grants: Iterable[Grant], calls: Iterable[Call]) -> list[Call]:
    """Calls that no grant allows."""
    known = list(all_grants)
    return sorted(one for one in calls if not any(allows(grant, one) for grant in known if grant.role == one.role))


def allows(grant: Grant, call: Call) -> bool:
    """Whether the grant alone allows the call, as the local cloud's policy engine says."""
    context = _evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::000000000000:assumed-role/{call.role}/x",
        principal_type="AssumedRole",
        principal_account="000000000000",
        action=call.action,
        resource_arn=call.resource,
        region=call.region,
        service_context={"bedrock:inferenceprofilearn": call.profile} if call.profile else {},
    )
    return bool(_evaluator.evaluate(context, [_parsed(grant)]).decision == "Allow")


@cache
def _parsed(grant: Grant) -> Any:
    statement = {"Effect": "Allow", "Action": grant.action, "Resource": grant.resource}
    statement |= {"Condition": json.loads(grant.condition)}
    return _evaluator.parse_policy_document({"Statement": [statement]})


def permissions_table() -> str:
    """Every statement of every role with its reason, as the page shows them."""
    lines = []
    for role in dict.fromkeys(role for role, _, _ in statements()):
        rows = ["| statement | actions | on | only with | why |", "| --- | --- | --- | --- | --- |"]
        for owner, when, one in statements():
            if owner == role:
                actions = ", ".join(f"`{action}`" for action in _list(one["Action"]))
                places = "<br>".join(f"`{_shown(place)}`" for place in _list(one["Resource"]))
                condition = f" `{json.dumps(_shown_all(one['Condition']))}`" if "Condition" in one else ""
                wanted = f"`{when}`" if when else ""
                rows.append(
                    f"| `{one['Sid']}` | {actions} | {places}{condition} | {wanted} | {reason_of(role, one['Sid'])} |"
                )
        lines.append(f"### {role}\n" + "\n".join(rows) + "\n")
    return "\n".join(lines)


def reason_of(role: str, sid: str) -> str:
    """Return why the role has the statement.

    Raises:
        KeyError: nobody has said why.
    """
    return REASONS.get(f"{role}.{sid}") or REASONS[sid]


def is_explained(grant: Grant) -> bool:
    """Whether somebody has said why no recorded call needs the grant."""
    return any(re.fullmatch(pattern, f"{grant.role}.{grant.sid} {grant.action}") for pattern in UNSEEN)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _resolved(value: Any) -> Any:
    match value:
        case {"Ref": name}:
            return _GIVEN.get(name) or _arn(name)
        case {"Fn::GetAtt": name}:
            return _attribute(name)
        case {"Fn::Sub": [str(text), dict(given)]}:
            # What is taken out of a parameter's value may be anything.
            return _resolved({"Fn::Sub": re.sub(r"\$\{(\w+)\}", lambda one: "*" if one[1] in given else one[0], text)})
        case {"Fn::Sub": text}:
            return re.sub(r"\$\{([\w:.]+)\}", lambda found: str(_substituted(found[1])), text)
        case dict():
            return {key: _resolved(one) for key, one in value.items()}
        case list():
            return [_resolved(one) for one in value]
    return value


def _substituted(name: str) -> Any:
    if name in _GIVEN:
        return _GIVEN[name]
    parameter = read_parameters().get(name)
    if parameter is not None:
        return parameter["Default"]
    return _attribute(name) if "." in name else _arn(name)


@cache
def read_parameters() -> dict[str, Any]:
    """The template's parameters."""
    return dict(read_template()["Parameters"])


@cache
def _types() -> dict[str, str]:
    return {name: one["Type"] for name, one in read_template()["Resources"].items()}


def _arn(name: str) -> str:
    return _ARNS[_types()[name]].format(name)


def _attribute(name: str) -> str:
    resource, _, attribute = name.partition(".")
    if attribute == "Name":
        return resource
    return f"{_arn(resource)}/stream/stream" if attribute == "StreamArn" else _arn(resource)


def _shown(value: Any) -> str:
    match value:
        case {"Ref": name} | {"Fn::GetAtt": name}:
            return str(name).removesuffix(".Arn")
        case {"Fn::Sub": [str(text), dict()]} | {"Fn::Sub": str(text)}:
            short = str(text).replace("arn:${AWS::Partition}:", "").replace("${AWS::Region}:${AWS::AccountId}:", "")
            return re.sub(r"\$\{([\w.:]+?)(\.Arn)?\}", r"\1", short)
    return str(value)


def _shown_all(value: Any) -> Any:
    if isinstance(value, dict) and not {"Ref", "Fn::Sub", "Fn::GetAtt"} & set(value):
        return {key: _shown_all(one) for key, one in value.items()}
    return _shown(value)


def main(folder: str, *, add: bool = False) -> None:
    """Take the record anew, or add what some runs asked for to it."""
    kept = RECORD.read_text("utf-8").splitlines() if add else []
    lines = {*kept} | {
        line for file in Path(folder).rglob("role-calls.jsonl") for line in file.read_text("utf-8").splitlines()
    }
    RECORD.write_text("".join(f"{line}\n" for line in sorted(lines)), "utf-8")
    sys.stdout.write(f"{len(lines)} kinds of calls\n")


if __name__ == "__main__":
    main(sys.argv[1], add="--add" in sys.argv[2:])
