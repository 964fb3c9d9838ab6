"""The record of what the stack's roles were allowed: each kind of call once, so that a test can see which statements of
the template are needed.

Names are told apart by what policies can tell apart: ids, dates and hashes become always the same ones, of the same
length. So the record stays short, however long the cloud runs.
"""

import json
import re
import threading
from pathlib import Path
from typing import Any

from localcloud.emulator import upstream

FILE = "role-calls.jsonl"

_STACK_ROLE = re.compile(r"(?:.*-)?([A-Za-z]+Role)-\w+")
_PHYSICAL_ID = re.compile(r"[a-z0-9-]+-([A-Z][A-Za-z]+)-[A-Za-z0-9]{6,}")
_CONDITIONS = ("bedrock:inferenceprofilearn",)

_JOB_ID = "01jdq000000000000000000000"
_SAME = (
    (re.compile(r"(:execution:\w+(?:/\w+)?):.*"), r"\1:run"),
    (re.compile(r"status_report_[^./]+"), "status_report_job"),
    (re.compile(r"\d{4}/\d{2}/\d{2}/\d{6}-[0-9a-z]{26}"), f"2026/11/28/120000-{_JOB_ID}"),
    (re.compile(r"(?<![0-9a-z])[0-9a-hjkmnp-tv-z]{26}(?![0-9a-z])"), _JOB_ID),
    (re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])"), "0" * 64),
    (re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])"), "0" * 32),
    (re.compile(r"(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])"), "0" * 16),
    (re.compile(r"(?<![0-9a-f])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"), "00000000-0000-0000-0000-000000000000"),
    (re.compile(r"(?<!\d)\d{8}(?!\d)"), "00000001"),
)
_KNOWN_FOLDERS = {"labels", "backdrops", "paintings", "answers", "chain", "keys", "approvals", "map-run"}
_KNOWN_FOLDERS |= {"2026", "11", "28", f"120000-{_JOB_ID}", "0" * 32, "0" * 64}
_KNOWN_STEM = re.compile(r"(manifest|backdrop(-\d)?|status_report_job|0{16}|0{32}|0{64}|00000001)$")


class RoleCalls:
    """Allowed calls of the stack's roles, in a file of JSON lines `{"role", "action", "resource", "region", ...}`, each
    once. `role` is the template's name of it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._known = set(file.read_text("utf-8").splitlines()) if file.exists() else set()

    def add(self, principal: str, action: str, resource: str, region: str, conditions: dict[str, Any]) -> None:
        """Note an allowed call, if the principal is a role of the stack and it was not noted before."""
        name = _STACK_ROLE.fullmatch(principal.split("/")[1]) if principal.count("/") else None
        if name is None:
            return
        call = {"role": name[1], "action": action, "resource": shape_of(resource), "region": region}
        call |= {key: conditions[key] for key in _CONDITIONS if key in conditions}
        line = json.dumps(call, sort_keys=True)
        with self._lock:
            if line not in self._known:
                self._known.add(line)
                with self._file.open("a", encoding="utf-8") as out:
                    out.write(f"{line}\n")


def shape_of(resource: str) -> str:
    """Return the ARN with the template's names instead of this stack's, and the same ids, dates and hashes always."""
    if not resource.startswith("arn:aws:s3:::"):
        return _same(_PHYSICAL_ID.sub(r"\1", resource))
    bucket, slash, key = resource.removeprefix("arn:aws:s3:::").partition("/")
    return f"arn:aws:s3:::{_bucket_of(bucket)}{slash}{_shape_of_key(key)}"


def _bucket_of(name: str) -> str:
    found = re.fullmatch(r".*?-([a-z]+)-[a-z0-9]{6,}", name)
    return found[1].capitalize() if found else name


def _shape_of_key(key: str) -> str:
    first, *folders, file = ["", *_same(key).split("/")] if "/" not in key else _same(key).split("/")
    middle = [one if one in _KNOWN_FOLDERS else "folder" for one in folders]
    stem, dot, rest = file.partition(".")
    named = stem if _KNOWN_STEM.match(stem) else "file" if file else ""
    return "/".join([first, *middle, f"{named}{dot}{rest}"]).lstrip("/")


def _same(text: str) -> str:
    for pattern, value in _SAME:
        text = pattern.sub(value, text)
    return text


def install(calls: RoleCalls) -> None:
    """Tell `calls` of every decision that allows."""
    evaluator = upstream.iam_evaluator
    upstream.expect_attributes(evaluator, "evaluate")
    stock_evaluate = evaluator.evaluate

    def evaluate(context: Any, *policies: Any) -> Any:
        result = stock_evaluate(context, *policies)
        if result.decision == "Allow" and context.principal_type == "AssumedRole":
            told = {key.lower(): value for key, value in context.service_context.items()}
            calls.add(context.principal_arn, context.action, context.resource_arn, context.region, told)
        return result

    evaluator.evaluate = evaluate
