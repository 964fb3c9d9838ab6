"""What each artefact is made of, as a CycloneDX list from its hashed requirements: `make sbom`.

https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

FUNCTIONS = Path(__file__).parents[1] / "functions"

ARTEFACTS = {
    "functions": ["requirements.txt"],
    "SignResultFunction": ["requirements-sign.txt"],
    "CutOutFunction": ["requirements-cut-out.txt", "requirements-cut-out-weights.txt"],
}
"""Artefact -> what `functions/Makefile` installs into it; `functions` are all the others, which are equal."""

_PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def list_packages(requirements: str) -> list[dict[str, Any]]:
    """Return the components that a hashed file of requirements pins.

    Raises:
        ValueError: a line that is no pin, or one without a hash.
    """
    joined = re.sub(r"\\\n", " ", requirements)
    lines = [line.strip() for line in joined.splitlines() if line.strip() and not line.strip().startswith("#")]
    return [_make_component(line) for line in lines]


def _make_component(line: str) -> dict[str, Any]:
    pin = _PIN.match(line)
    hashes = _HASH.findall(line)
    if pin is None or not hashes:
        raise ValueError(f"not pinned with a hash: {line}")
    name, version = re.sub(r"[-_.]+", "-", pin[1]).lower(), pin[2]
    address = f"pkg:pypi/{name}@{version}"
    return {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": version,
        "purl": address,
        # Each is of a file that may be installed: one for each processor and Python, so they are not the component's.
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{name}/{version}/",
                "hashes": [{"alg": "SHA-256", "content": digest}],
            }
            for digest in hashes
        ],
    }


def make_list(artefact: str) -> dict[str, Any]:
    """Return the CycloneDX document of an artefact: the same bytes as long as its requirements are the same."""
    components = [one for file in ARTEFACTS[artefact] for one in list_packages((FUNCTIONS / file).read_text("utf-8"))]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": artefact, "name": f"backdrop-{artefact}"}},
        "components": sorted(components, key=lambda one: one["bom-ref"]),
    }


def main(folder: str) -> None:
    """Write the lists of all artefacts into `folder`."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for artefact in ARTEFACTS:
        file = target / f"{artefact}.cdx.json"
        made = make_list(artefact)
        file.write_text(json.dumps(made, indent=1) + "\n", "utf-8")
        print(f"{file}: {len(made['components'])} packages")


if __name__ == "__main__":
    main(sys.argv[1])
