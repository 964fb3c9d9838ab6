"""Reading `template.yaml`: CloudFormation's short tags, and the local paths that deploying replaces."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from localcloud.settings import LocalCloudError

# Resource type -> the property that names local code or a local definition.
_ARTIFACTS = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}


# libyaml where PyYAML was built with it, which its wheels are: a tenth of the time for the same document.
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Safe):  # type: ignore[misc]
    """A reader of YAML as CloudFormation reads it: no dates, and `!Tag` for the intrinsic functions."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _intrinsic(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise LocalCloudError(f"The template uses !{suffix} on something that is no value.")
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def read_template(file: Path) -> dict[str, Any]:
    """The template with intrinsic functions in their long form. Raises `LocalCloudError`."""
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except FileNotFoundError as error:
        raise LocalCloudError(f"{file} does not exist.") from error
    except yaml.YAMLError as error:
        raise LocalCloudError(f"{file} is not valid YAML: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise LocalCloudError(f"{file} has no Resources.")
    return document


def local_artifacts(template: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Every `(properties, name)` whose value is a local path, in Globals and in resources."""
    function_defaults = template.get("Globals", {}).get("Function", {})
    if isinstance(function_defaults.get("CodeUri"), str):
        yield function_defaults, "CodeUri"
    for resource in template["Resources"].values():
        name = _ARTIFACTS.get(resource.get("Type", ""))
        properties = resource.get("Properties", {})
        if name and isinstance(properties.get(name), str) and not properties[name].startswith("s3://"):
            yield properties, name
