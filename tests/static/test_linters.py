"""What the linters say. cfn-lint and sam do not look inside the state machine, so that has a linter of its own."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from statelint.linter import Linter  # type: ignore[import-untyped]

from localcloud.models.weights import SEGMENTATION_SHA256
from tests.static.conftest import ROOT, tool


def _run(*command: str, **environment: str) -> str:
    venv = str(ROOT / ".venv" / "bin")
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={
            **os.environ,
            "PATH": f"{venv}{os.pathsep}{os.environ['PATH']}",
            "SAM_CLI_TELEMETRY": "0",
            "AWS_DEFAULT_REGION": "us-east-1",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_cfn_lint() -> None:
    _run(tool("cfn-lint"), "template.yaml")


def test_sam_validate() -> None:
    _run(tool("sam"), "validate", "--lint")


@pytest.mark.timeout(300)
def test_sam_build_makes_artefacts_without_the_parts_nobody_needs(tmp_path: Path) -> None:
    """One wheel set for arm64 and Python 3.13, on a machine that has neither."""
    tool("uv")
    _run(tool("sam"), "build", "--build-dir", str(tmp_path / "build"), "--cache-dir", str(tmp_path / "cache"))
    for function in ("ApiFunction", "DecodeResultFunction", "InspectPhotoFunction"):
        artefact = tmp_path / "build" / function
        assert (artefact / "backdrop" / "models" / "catalogue.json").is_file()
        natives = [path.name for path in artefact.rglob("*.so")]
        assert any("cpython-313-aarch64" in name for name in natives)
        assert not any("x86_64" in name or name.startswith("_imagingtk") for name in natives)
        assert any(name.startswith("_avif") for name in natives) == (function == "DecodeResultFunction")
        assert any(name.startswith("_pi_heif") for name in natives) == (function != "ApiFunction")
        assert _bytes(artefact) < 60 * 1024 * 1024
        assert not [path for path in artefact.iterdir() if path.name in ("backdrop_cutout", "cv2", "onnxruntime")]
    cut_out = tmp_path / "build" / "CutOutFunction"
    weights = (cut_out / "backdrop_cutout" / "u2netp.onnx").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == SEGMENTATION_SHA256
    # Lambda ends at 250 MB; half of what is left is for the libraries' next versions.
    assert _bytes(cut_out) < 220 * 1024 * 1024
    assert (cut_out / "backdrop" / "handlers" / "cut_out.py").is_file()
    assert any("aarch64" in path.name for path in (cut_out / "onnxruntime").rglob("*.so"))
    assert list(cut_out.glob("_pi_heif.cpython-313-aarch64*.so"))
    signing = tmp_path / "build" / "SignResultFunction"
    assert (signing / "c2pa" / "libs" / "libc2pa_c.so").is_file()
    assert not (signing / "PIL").exists()
    assert _bytes(signing) < 30 * 1024 * 1024


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_statelint(machine_text: str, machine: dict[str, Any]) -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    rendered = re.sub(r"\$\{[A-Za-z]*FunctionArn\}", arn, machine_text)
    # statelint 3.1 reads intrinsics without line breaks only.
    rendered = rendered.replace("\\n", " ")
    problems = [
        problem
        for problem in Linter.validate(rendered)
        # AWS's own fields, which the language's public specification lacks.
        if "InputType" not in problem and not problem.startswith('Field "Label" not allowed')
    ]
    assert problems == []
