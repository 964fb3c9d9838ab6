"""The `local` environment of `samconfig.toml`: the one place for the local stack's name and parameters."""

import shlex
import tomllib
from dataclasses import dataclass
from pathlib import Path

from localcloud.settings import LocalCloudError

ENVIRONMENT = "local"
DEFAULT_STACK_NAME = "backdrop-local"


@dataclass(frozen=True)
class StackConfig:
    """Name and parameters of the stack to deploy."""

    stack_name: str
    parameters: dict[str, str]


def read_stack_config(file: Path) -> StackConfig:
    """Read `[local.deploy.parameters]` (and, for the name, `[local.global.parameters]`) as SAM does.

    `parameter_overrides` is a list of `Name=Value`, or one string of them. Raises `LocalCloudError`.
    """
    if not file.exists():
        return StackConfig(DEFAULT_STACK_NAME, {})
    try:
        environment = tomllib.loads(file.read_text(encoding="utf-8")).get(ENVIRONMENT, {})
    except tomllib.TOMLDecodeError as error:
        raise LocalCloudError(f"{file} is not valid TOML: {error}") from error
    shared = environment.get("global", {}).get("parameters", {})
    settings = {**shared, **environment.get("deploy", {}).get("parameters", {})}
    overrides = settings.get("parameter_overrides", [])
    pairs = shlex.split(overrides) if isinstance(overrides, str) else list(overrides)
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise LocalCloudError(f"{file}: parameter_overrides holds {wrong[0]!r}, which is not Name=Value.")
    parameters = dict(_split(pair) for pair in pairs)
    return StackConfig(str(settings.get("stack_name", DEFAULT_STACK_NAME)), parameters)


def _split(pair: str) -> tuple[str, str]:
    name, _, value = pair.partition("=")
    return name, value.removeprefix('"').removesuffix('"')
