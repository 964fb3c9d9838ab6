"""ONNX Runtime sessions with little memory and bounded threads."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime  # type: ignore[import-untyped]

Tensor = npt.NDArray[np.float32]


class Network:
    """One ONNX model with one float32 input; several threads may call it, one picture runs at a time.

    A run uses all cores anyway, and U2-Net-p needs 300 MB while it runs.
    """

    def __init__(self, path: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Memory is kept from run to run: asking the system for it anew takes a quarter of U2-Net-p's time. Without the
        # plan for all of a run's memory at once, which takes 550 MB, that needs no more than its peak, 350.
        options.enable_cpu_mem_arena = True
        options.enable_mem_pattern = False
        # Idle workers sleep instead of spinning: the two cores are shared with the functions.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._running = threading.Lock()
        self._output = self._session.get_outputs()[0].name

    def run(self, tensor: Tensor) -> Tensor:
        """The first output for `tensor` (N x C x H x W)."""
        with self._running:
            return np.asarray(self._session.run([self._output], {self._input: tensor})[0], np.float32)
