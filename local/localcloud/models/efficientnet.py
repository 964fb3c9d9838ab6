"""Builds EfficientNet-Lite0 as an ONNX graph from its PyTorch weights, with batch normalisation folded in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from localcloud.models.torch_checkpoint import Array

INPUT_SIDE = 224
# One line a stage: repeats, kernel, stride, expansion, channels in, channels out (EfficientNet-Lite0).
_STAGES = (
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
)
_BATCH_NORM_EPSILON = 1e-3


class _Graph:
    def __init__(self, tensors: Mapping[str, Array]) -> None:
        self.tensors = tensors
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.constant(np.float32(0), "zero")
        self.constant(np.float32(6), "six")

    def constant(self, value: Array | np.float32, name: str) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def convolve(
        self, source: str, weights: str, norm: str, *, kernel: int, stride: int = 1, depthwise: bool = False
    ) -> str:
        """Convolution with TensorFlow's SAME padding (stride 2 pads unevenly) and the folded normalisation."""
        weight = self.tensors[weights]
        gain = self.tensors[f"{norm}.weight"] / np.sqrt(self.tensors[f"{norm}.running_var"] + _BATCH_NORM_EPSILON)
        bias = self.tensors[f"{norm}.bias"] - self.tensors[f"{norm}.running_mean"] * gain
        output = weights.removesuffix(".weight")
        return self.node(
            "Conv",
            [
                source,
                self.constant(weight * gain[:, None, None, None], f"{output}.w"),
                self.constant(bias, f"{output}.b"),
            ],
            output,
            strides=[stride, stride],
            group=weight.shape[0] if depthwise else 1,
            kernel_shape=[kernel, kernel],
            auto_pad="SAME_UPPER",
        )

    def relu6(self, source: str) -> str:
        return self.node("Clip", [source, "zero", "six"], f"{source}.relu6")


def build(tensors: Mapping[str, Array]) -> bytes:
    """Serialised ONNX model: `image` 1 x 3 x 224 x 224 float32 -> `prob` 1 x 1000 softmax."""
    graph = _Graph(tensors)
    x = graph.relu6(graph.convolve("image", "_conv_stem.weight", "_bn0", kernel=3, stride=2))
    block = 0
    for repeats, kernel, first_stride, expansion, channels_in, channels_out in _STAGES:
        for repeat in range(repeats):
            prefix = f"_blocks.{block}"
            block += 1
            entry = x
            stride = first_stride if repeat == 0 else 1
            if expansion != 1:
                x = graph.relu6(graph.convolve(x, f"{prefix}._expand_conv.weight", f"{prefix}._bn0", kernel=1))
            x = graph.relu6(
                graph.convolve(
                    x,
                    f"{prefix}._depthwise_conv.weight",
                    f"{prefix}._bn1",
                    kernel=kernel,
                    stride=stride,
                    depthwise=True,
                )
            )
            x = graph.convolve(x, f"{prefix}._project_conv.weight", f"{prefix}._bn2", kernel=1)
            if stride == 1 and (repeat > 0 or channels_in == channels_out):
                x = graph.node("Add", [x, entry], f"{prefix}.sum")
    x = graph.relu6(graph.convolve(x, "_conv_head.weight", "_bn1", kernel=1))
    x = graph.node("Flatten", [graph.node("GlobalAveragePool", [x], "pooled")], "features")
    weight = graph.constant(tensors["_fc.weight"], "fc.w")
    bias = graph.constant(tensors["_fc.bias"], "fc.b")
    x = graph.node("Gemm", [x, weight, bias], "logits", transB=1)
    graph.node("Softmax", [x], "prob", axis=1)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "efficientnet_lite0",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, INPUT_SIDE, INPUT_SIDE])],
            [helper.make_tensor_value_info("prob", TensorProto.FLOAT, [1, 1000])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 13)],
    )
    model.ir_version = 8
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
