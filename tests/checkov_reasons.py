"""What checkov finds in the template against the table of `docs/security.md`: `make checkov`."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from tests.static.conftest import ROOT, read_template

_LINE = re.compile(r"\| (CKV_AWS_\d+) [^|]*\| `([\w:]+)` \| ([^|]+) \|")


def read_reasons() -> dict[tuple[str, str], str]:
    """Return the table: (check, resource or type of resources) -> reason."""
    text = (ROOT / "docs/security.md").read_text("utf-8")
    return {(check, place): reason.strip() for check, place, reason in _LINE.findall(text)}


def expected(template: dict[str, Any]) -> set[tuple[str, str]]:
    """Return (check, resource) of all that the table gives a reason for."""
    resources = template["Resources"]
    return {
        (check, name)
        for check, place in read_reasons()
        for name, one in resources.items()
        if place in (name, one["Type"])
    }


def compare(found: dict[str, Any], template: dict[str, Any]) -> list[str]:
    """Return what is wrong between checkov's answer and the table, in words."""
    failed = {(one["check_id"], one["resource"].split(".")[-1]) for one in found["results"]["failed_checks"]}
    reasoned = expected(template)
    return [
        *(f"{check} fails at {name}: no reason in docs/security.md" for check, name in sorted(failed - reasoned)),
        *(f"{check} no longer fails at {name}: its reason can go" for check, name in sorted(reasoned - failed)),
    ]


if __name__ == "__main__":
    wrong = compare(json.loads(Path(sys.argv[1]).read_text("utf-8")), read_template())
    print("\n".join(wrong) or "Every check that fails has its reason in docs/security.md.")
    sys.exit(bool(wrong))
