"""Payload templates: a path that is not there is an error, as on AWS, and not null."""

from typing import Any

from localcloud.emulator import upstream
from localcloud.emulator.workflow.tasks import task_error

Json = Any


def resolve_template(template: Json, data: Json, context: dict[str, Any] | None = None) -> Json:
    """Fill a payload template (`Parameters`, `ItemSelector`, `ResultSelector`).

    Raises `States.ParameterPathFailure` for a path that selects nothing.
    Source: https://states-language.net/spec.html#payload-template
    """
    if isinstance(template, list):
        return [resolve_template(value, data, context) for value in template]
    if not isinstance(template, dict):
        return template
    return {
        name.removesuffix(".$"): (
            _resolve_field(name, value, data, context)
            if name.endswith(".$")
            else resolve_template(value, data, context)
        )
        for name, value in template.items()
    }


def _resolve_field(name: str, path: Json, data: Json, context: dict[str, Any] | None) -> Json:
    if not isinstance(path, str):
        raise task_error("States.Runtime", f"The value for the field '{name}' must be a valid JSONPath")
    if path.startswith("States."):
        return upstream.stepfunctions._evaluate_intrinsic(path, data, context)
    if path.startswith("$$"):
        return select(path[1:], context or {}, name)
    return select(path, data, name)


def select(path: str, data: Json, field: str) -> Json:
    """The value at a reference path; raises `States.ParameterPathFailure` when there is none."""
    steps = [] if path == "$" else upstream.stepfunctions._parse_jsonpath_tokens(path)
    if steps is None or not path.startswith("$"):
        raise task_error("States.Runtime", f"Invalid path '{path}' in the field '{field}'")
    if any(kind == "wildcard" for kind, _ in steps):
        return upstream.stepfunctions._resolve_path(path, data)
    for kind, step in steps:
        is_field = kind == "field" and isinstance(data, dict) and step in data
        is_item = kind == "index" and isinstance(data, list) and step < len(data)
        if not is_field and not is_item:
            cause = f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input"
            raise task_error("States.ParameterPathFailure", cause)
        data = data[step]
    return data


def install() -> None:
    """Replace MiniStack's template filling."""
    upstream.expect_attributes(upstream.stepfunctions, "_resolve_params_obj", "_parse_jsonpath_tokens")
    upstream.stepfunctions._resolve_params_obj = resolve_template
