"""The tables of the documentation that the code can write by itself: `make docs`.

A page holds each between `<!-- table: NAME; make docs writes it -->` and `<!-- end -->`; what is between is replaced.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from backdrop.core.errors import BackdropError, ErrorCode, next_step_of
from backdrop.core.telemetry.metrics import METRICS
from backdrop_cli.accept.checks import CHECKS
from tests.api_routes import OPENAPI
from tests.permissions import permissions_table
from tests.static.conftest import ROOT, read_template

PAGES = sorted((ROOT / "docs").glob("*.md"))

_BLOCK = re.compile(r"(<!-- table: ([\w -]+); make docs writes it -->\n).*?(<!-- end -->)", re.DOTALL)
_VARIABLE = re.compile(r"BACKDROP_[A-Z0-9_]+\Z")

SETTINGS: dict[str, tuple[str, str]] = {
    "BACKDROP_API_URL": ("", "Address of the REST API: the stack's output `ApiUrl`"),
    "BACKDROP_AUTH_ENDPOINT": ("Cognito's own", "Where the command signs in, if that is not AWS"),
    "BACKDROP_BACKDROPS": ("`.local/backdrops`", "Folder of own backdrop photos"),
    "BACKDROP_CLOUD_PORT": ("4566", "Port of the emulated AWS"),
    "BACKDROP_COGNITO_ENDPOINT": ("Cognito's own", "Where the web app signs people in; set on a local cloud"),
    "BACKDROP_CONFIRM_USD": ("10", "US dollars above which a job is started only by a second press"),
    "BACKDROP_CONTENT_CREDENTIALS": ("0", "`1` signs finished images with a development certificate"),
    "BACKDROP_DEMO_USER": ("", "E-mail address that the sign-in form offers; set on a local cloud"),
    "BACKDROP_FAULTS": (
        "`[]`",
        "Faults of the image models from the start on, as `/_backdrop/faults` takes them (JSON)",
    ),
    "BACKDROP_LOCAL_HOME": ("`.local`", "Folder of the local cloud's data"),
    "BACKDROP_MAILBOX": ("", "File of the local cloud's mails; shows the page of mails"),
    "BACKDROP_MODELS_CACHE": ("`.cache/models`", "Where the weights of the local models are kept"),
    "BACKDROP_MODELS_PORT": ("4567", "Port of the local image models"),
    "BACKDROP_PASSWORD": ("asked for", "Password of the user"),
    "BACKDROP_REGION": ("the user pool's", "AWS Region of the stack: its output `Region`"),
    "BACKDROP_SAVE_SECONDS": ("20", "Seconds between two savings of the local cloud's state"),
    "BACKDROP_SIGN_INS_TABLE": (
        "the server's memory",
        "Table where several web apps share sign-ins: the stack's output `SignInsTableName`; needs credentials of AWS "
        "for it. With `make run` any value means the local stack's own",
    ),
    "BACKDROP_USER": ("", "User name or e-mail address"),
    "BACKDROP_USER_POOL_CLIENT_ID": ("", "The stack's output `UserPoolClientId`"),
    "BACKDROP_USER_POOL_ID": ("", "The stack's output `UserPoolId`"),
    "BACKDROP_WEB_PORT": ("8501", "Port of the web app"),
}
"""Variable -> its default and what it is. Which part reads it is found in the code."""

BETWEEN_PROCESSES = {
    "BACKDROP_MORE_MODELS": "localcloud: tells the emulator the stack's parameter `MoreModels`",
    "BACKDROP_MODELS_URL": "localcloud: tells the emulator where the model server is",
}
"""Variables that one process of ours sets for another: nobody sets them by hand."""

_READERS = {
    "command": ("client",),
    "web app": ("webapp",),
    "local cloud": ("local",),
}


def variables_of(folders: Iterable[str]) -> set[str]:
    """Environment variables of ours that the code in `folders` names, but for those set for child processes."""
    found: set[str] = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text("utf-8"))
            found |= {
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and _VARIABLE.match(node.value)
            }
    return found - set(BETWEEN_PROCESSES)


def settings_table(reader: str) -> str:
    """Variables that one of the parts reads. The launcher's own are not those that it passes to the web app."""
    names = variables_of(_READERS[reader])
    if reader == "local cloud":
        names -= variables_of(_READERS["web app"]) - variables_of(["local/localcloud/settings.py"])
    rows = ((f"`{name}`", SETTINGS[name][0], SETTINGS[name][1]) for name in sorted(names))
    return _table(("variable", "default", "what it is"), rows)


def parameters_table() -> str:
    """Parameters of the stack, in the template's order."""
    rows = (
        (f"`{name}`", _default(one), _sentence(one["Description"]))
        for name, one in read_template()["Parameters"].items()
    )
    return _table(("parameter", "default", "what it is"), rows)


def outputs_table() -> str:
    """Outputs of the stack."""
    rows = ((f"`{name}`", _sentence(one["Description"])) for name, one in read_template()["Outputs"].items())
    return _table(("output", "what it is"), rows)


def functions_table() -> str:
    """Lambda functions with memory, time limit and the environment variables that are theirs alone."""
    rows = [
        (
            f"`{name}`",
            f"`{one['Handler'].removeprefix('backdrop.').removesuffix('.handler')}`",
            f"{one['MemorySize']:,} MB, {one['Timeout']} s",
            _sentence(one["Description"]),
            ", ".join(f"`{variable}`" for variable in one.get("Environment", {}).get("Variables", {})),
        )
        for name, one in functions_of(read_template()).items()
    ]
    return _table(("function", "module", "memory, time limit", "what it does", "environment"), rows)


def environment_table() -> str:
    """Environment variables of the functions and where their values come from."""
    template = read_template()
    values = {
        name: value
        for one in (template["Globals"]["Function"], *functions_of(template).values())
        for name, value in one.get("Environment", {}).get("Variables", {}).items()
    }
    rows = ((f"`{name}`", _origin(value, template)) for name, value in sorted(values.items()))
    return _table(("variable", "value"), rows)


def routes_table() -> str:
    """Routes of the REST API: what each takes and answers, by the names of openapi.json."""
    document = json.loads(OPENAPI.read_text("utf-8"))
    rows = [
        (
            f"`{method.upper()} {path}{_query(operation)}`",
            operation["summary"],
            _body(operation.get("requestBody")),
            _answer(operation["responses"]),
        )
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return _table(("route", "what it does", "body", "answer"), rows)


def errors_table() -> str:
    """Codes of errors, with the API's status and what to do."""
    rows = ((f"`{code}`", str(BackdropError(code, "").http_status), next_step_of(code)) for code in sorted(ErrorCode))
    return _table(("code", "HTTP status", "what to do"), rows)


def metrics_table() -> str:
    """Return every metric that functions write."""
    rows = [
        (f"`{name}`", one.unit, ", ".join(f"`{dimension}`" for dimension in one.dimensions[-1]) or "-", one.words)
        for name, one in METRICS.items()
    ]
    return _table(("metric", "unit", "also by", "what it is"), rows)


def alarms_table() -> str:
    """Return every alarm of the template with its page."""
    rows = []
    for name, one in read_template()["Resources"].items():
        if one["Type"] == "AWS::CloudWatch::Alarm":
            words, _, page = one["Properties"]["AlarmDescription"]["Fn::Sub"].rpartition(" ${RunbookUrl}/")
            rows.append((f"`{name}`", words, f"[{page.removesuffix('.md')}](runbooks/{page})"))
    return _table(("alarm", "when", "page"), rows)


def acceptance_table() -> str:
    """What `backdrop accept` tries: each check, what is taken for true, AWS's page, what it pays for."""
    rows = ((one.name, one.tries, f"[page]({one.page})", one.calls) for one in CHECKS)
    return _table(("check", "taken for true", "AWS", "model calls"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "settings of the command": lambda: settings_table("command"),
    "settings of the web app": lambda: settings_table("web app"),
    "settings of the local cloud": lambda: settings_table("local cloud"),
    "parameters": parameters_table,
    "outputs": outputs_table,
    "functions": functions_table,
    "environment": environment_table,
    "permissions": permissions_table,
    "routes": routes_table,
    "errors": errors_table,
    "metrics": metrics_table,
    "alarms": alarms_table,
    "acceptance": acceptance_table,
}


def with_tables(page: str) -> str:
    """A page's text with its tables as the code is now.

    Raises:
        KeyError: it asks for a table that there is not.
    """
    return _BLOCK.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}{found[3]}", page)


def tables_of(page: str) -> list[str]:
    """Names of the tables that a page holds."""
    return [name for _, name, _ in _BLOCK.findall(page)]


def functions_of(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The template's Lambda functions: their properties by logical id."""
    return {
        name: one["Properties"]
        for name, one in template["Resources"].items()
        if one["Type"] == "AWS::Serverless::Function"
    }


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _default(parameter: dict[str, Any]) -> str:
    value = parameter.get("Default")
    if value is None:
        return "none: must be given"
    return f"`{value}`" if value != "" else "empty"


def _origin(value: Any, template: dict[str, Any]) -> str:
    match value:
        case {"Ref": name} | {"Fn::Join": [_, {"Ref": name}]} if name in template["Parameters"]:
            return f"parameter `{name}`"
        case {"Ref": name}:
            return f"the stack's `{name}`"
        case {"Fn::If": [condition, yes, no]}:
            return f"`{yes}` if `{condition}`, else `{no}`"
        case _:
            return f"`{value}`"


def _query(operation: dict[str, Any]) -> str:
    names = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
    return "?" + "&".join(names) if names else ""


def _body(body: dict[str, Any] | None) -> str:
    return _schema(body) if body else ""


def _answer(responses: dict[str, Any]) -> str:
    (status,) = (one for one in responses if one.startswith("2"))
    return f"{status} {_schema(responses[status])}".strip()


def _schema(holder: dict[str, Any]) -> str:
    for content in holder.get("content", {}).values():
        reference: str = content["schema"].get("$ref", "")
        return f"`{reference.rpartition('/')[2]}`" if reference else "`{}`"
    return ""


def main() -> None:
    """Write the tables into the pages of docs/ and say which pages changed."""
    for page in PAGES:
        old = page.read_text("utf-8")
        new = with_tables(old)
        if new != old:
            page.write_text(new, "utf-8")
            sys.stdout.write(f"{Path('docs') / page.name} is written anew\n")


if __name__ == "__main__":
    main()
