"""What pip-audit answered about a file of requirements, in words: `make audit`."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def tell(requirements: str, answer: str | None) -> tuple[list[str], bool]:
    """Return what to print about pip-audit's JSON, and whether a flaw is known; None: there is no answer."""
    try:
        asked = json.loads(answer or "")["dependencies"]
    except ValueError:
        return [f"{requirements}: SKIPPED, pip-audit or its data can't be had from here."], False
    unknown = [one["name"] for one in asked if "skip_reason" in one]
    flaws = [
        f"{requirements}: {one['name']} {one['version']} has {flaw['id']}, repaired in {flaw['fix_versions']}"
        for one in asked
        for flaw in one.get("vulns", [])
    ]
    told = f"{requirements}: {len(asked) - len(unknown)} of {len(asked)} packages looked up, {len(flaws)} known flaws."
    skipped = [f"{requirements}: SKIPPED, no data from here: {', '.join(unknown)}"] if unknown else []
    return [*flaws, told, *skipped], bool(flaws)


if __name__ == "__main__":
    file = Path(sys.argv[2])
    lines, found = tell(sys.argv[1], file.read_text("utf-8") if file.is_file() else None)
    print("\n".join(lines))
    sys.exit(found)
