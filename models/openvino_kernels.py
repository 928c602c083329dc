"""Which kernels of OpenVINO compute a convolution.

OpenVINO prefers kernels on its matrix products of small blocks ("brgconv"). For the small layers of our networks the
direct ones ("jit") are faster: the face mesh takes 16 % less time, also in batches of four. The first layers of a gaze
network, which have three channels or one, save 2 to 6 % of its time (AMD EPYC with AVX-512 and bfloat16; networks and
other work taking turns). There are no direct kernels for groups of several channels, and a change of kernels between
layers costs time, so these layers and those that feed them keep the others. The points of the mesh differ by 2e-4 px,
the outputs of the gaze networks not at all.
"""

from __future__ import annotations

from typing import Any

_KEY = "primitives_priority_0"
_CONVOLUTION, _DEPTHWISE = "cpu:jit_avx512_1x1,cpu:jit_avx512", "cpu:jit_avx512_dw"
_FEW_CHANNELS = 4


def prefer_direct_kernels(core: Any, model: Any, *, bfloat16: bool) -> None:
    """Marks the layers of the model. Where OpenVINO has no such kernel, it takes another one.

    bfloat16: the precision. Matrix products are faster in it, except with few channels.
    """
    convolution, depthwise = _attribute(core, _CONVOLUTION), _attribute(core, _DEPTHWISE)
    for layer in model.get_ops():
        kind = layer.get_type_name()
        if kind == "Convolution" and (not bfloat16 or _channels(layer) < _FEW_CHANNELS):
            layer.set_rt_info(convolution, _KEY)
        elif kind == "GroupConvolution" and not bfloat16 and _channels(layer) == 1 and _feeds_convolution(layer):
            layer.set_rt_info(depthwise, _KEY)


def _channels(layer: Any) -> int:
    """The inputs of each output: weights are (outputs, inputs, ...), with groups (groups, outputs, inputs, ...)."""
    shape = layer.input(1).get_shape()
    return int(shape[len(shape) - 3])


def _feeds_convolution(layer: Any) -> bool:
    """Whether a convolution without groups comes next. The bias between them is an operation of its own."""
    users = [user.get_node() for user in layer.output(0).get_target_inputs()]
    return any(
        user.get_type_name() == "Convolution" or (user.get_type_name() == "Add" and _feeds_convolution(user))
        for user in users
    )


def _attribute(core: Any, value: str) -> Any:
    """OpenVINO's attribute with this value. Python can't make one, but reads it from a network with nothing else."""
    network = f"""<net name="attribute" version="11"><layers>
        <layer id="0" name="given" type="Parameter" version="opset1">
            <data shape="1" element_type="f32"/>
            <rt_info><attribute name="primitives_priority" version="0" value="{value}"/></rt_info>
            <output><port id="0" precision="FP32"><dim>1</dim></port></output>
        </layer>
        <layer id="1" name="found" type="Result" version="opset1">
            <input><port id="0" precision="FP32"><dim>1</dim></port></input>
        </layer>
        </layers><edges><edge from-layer="0" from-port="0" to-layer="1" to-port="0"/></edges></net>"""
    (given,) = core.read_model(network.encode(), b"").get_parameters()
    return given.get_rt_info()[_KEY]
