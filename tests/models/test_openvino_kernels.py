from __future__ import annotations

from collections import Counter

import cv2
import numpy as np

from models.face.networks import NETWORKS_DIR
from models.openvino_kernels import prefer_direct_kernels
from models.runtime import openvino_core
from tests.support.paths import DEMO_PERSON


def points_and_kernels(picture: np.ndarray, *, direct: bool) -> tuple[np.ndarray, Counter[str]]:
    """The face mesh's points, and how many layers each kind of kernel computes."""
    core = openvino_core()
    model = core.read_model(NETWORKS_DIR / "face_mesh.onnx")
    model.reshape({"image": [1, 192, 192, 3]})
    if direct:
        prefer_direct_kernels(core, model, bfloat16=False)
    compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    layers = [layer.get_rt_info() for layer in compiled.get_runtime_model().get_ops()]
    kinds = Counter(str(layer["primitiveType"].astype(str)) for layer in layers)
    return compiled({"image": picture[None]})["points"], kinds


def test_direct_kernels_find_the_same_points_and_are_used_where_they_exist() -> None:
    frame = cv2.imread(str(DEMO_PERSON / "frames" / "0000.jpg"))
    picture = cv2.cvtColor(cv2.resize(frame, (192, 192)), cv2.COLOR_BGR2RGB)
    usual, before = points_and_kernels(picture, direct=False)
    found, kinds = points_and_kernels(picture, direct=True)
    np.testing.assert_allclose(found, usual, atol=1e-2)
    if before["brgconv_avx512_1x1_f32"] > 0:
        assert kinds["jit_avx512_1x1_f32"] > 0
        assert kinds["jit_avx512_dw_f32"] > 0
        assert kinds["jit_gemm_f32"] == 0, "no layer with groups lost its fast kernel"
