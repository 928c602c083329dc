"""The path of CUDA, on the CPU: the same code with a device that runs each step at once, or notes the steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx2torch import convert

from models import torch_runtime
from models.checkpoints import WEIGHTS_DIR
from models.face.camera import CameraIntrinsics
from models.face.mesh_landmarks import MeshLandmarks
from models.face.networks import NETWORKS_DIR
from models.face.tracking import Picture
from models.networks.flat import Flat
from models.networks.registry import build
from models.runtime import load_network
from models.torch_onnx import load_onnx_network, placed
from models.torch_predictor import load_gaze_network
from models.torch_runtime import Copies, CpuDevice, Input, Step, TorchNetwork
from tests.support.paths import DEMO_PERSON


class NotingDevice(CpuDevice):
    """Runs nothing until it is waited for, as a GPU might. Notes what happens, with the size of the batch."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, int]] = []

    def recorded(self, forward: Step) -> Step:
        self.notes.append(("record", 0))
        return forward

    def start(self, uploads: Copies, forward: Step, downloads: Copies) -> Step:
        size = len(uploads[0][0])
        self.notes.append(("start", size))
        run = super().start

        def wait() -> None:
            self.notes.append(("wait", size))
            run(uploads, forward, downloads)()

        return wait


class Doubled(torch.nn.Module):
    def forward(self, number: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        assert len(number) in (1, 2, 4)
        return number * 2.0, number.sum(dim=1)


def doubling(device: CpuDevice) -> TorchNetwork:
    return TorchNetwork(Doubled(), {"number": Input((3,), torch.float32)}, ("double", "sum"), device, sizes=(4, 2, 1))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 11, 23])
@pytest.mark.parametrize("device", [CpuDevice, NotingDevice])
def test_a_batch_of_any_size_has_one_row_for_each_input(device: Callable[[], CpuDevice], count: int) -> None:
    network = doubling(device())
    for start in (0.0, 100.0):  # the second time, the buffers hold the rows of the first time
        numbers = np.arange(start, start + 3 * count, dtype=np.float32).reshape(count, 3)
        found = network.run({"number": numbers})
        np.testing.assert_array_equal(found["double"], numbers * 2.0)
        np.testing.assert_array_equal(found["sum"], numbers.sum(axis=1))


def test_the_next_part_starts_before_the_network_has_ended_and_no_buffer_is_used_twice_at_once() -> None:
    device = NotingDevice()
    network = doubling(device)
    prepared = [("record", 0)] * 4  # two for the largest size
    assert device.notes == prepared
    network.run({"number": np.zeros((14, 3), np.float32)})
    first, second, third, last = ("start", 4), ("start", 4), ("start", 4), ("start", 2)
    assert device.notes[4:] == [
        *(first, second, ("wait", 4), third, ("wait", 4), last, ("wait", 4), ("wait", 2)),
    ]


def test_results_stay_when_the_network_runs_again() -> None:
    network = doubling(CpuDevice())
    first = network.run({"number": np.ones((2, 3), np.float32)})["double"]
    network.run({"number": np.zeros((2, 3), np.float32)})
    np.testing.assert_array_equal(first, np.full((2, 3), 2.0))


@pytest.mark.slow
def test_the_gaze_network_answers_as_its_export_does() -> None:
    network = load_gaze_network(WEIGHTS_DIR / "fast.safetensors", CpuDevice())
    exported = load_network(WEIGHTS_DIR / "fast.onnx")
    random = np.random.default_rng(0)
    inputs = {
        "face": random.integers(0, 256, (3, 112, 112, 3), np.uint8),
        "eyes": random.integers(0, 256, (3, 2, 32, 64), np.uint8),
        "head": random.normal(0.0, 0.2, (3, 3)).astype(np.float32),
    }
    assert (network.inputs, network.outputs) == (exported.inputs, exported.outputs)
    found, expected = network.run(inputs), exported.run(inputs)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, atol=1e-4)


CONSTANTS = {
    "start": np.array([1], np.int64),
    "end": np.array([7], np.int64),
    "axis": np.array([2], np.int64),
    "pads": np.array([0, 0, 1, 1, 0, 0, 0, 0], np.int64),
    "rows": np.array([0, 2, 1, 3], np.int64),
    "shape": np.array([-1, 4, 4, 2], np.int64),
    "zero": np.array([0], np.int64),
    "four": np.array([4], np.int64),
    "scale": np.array(1 / 255, np.float32),
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of the operations that read sizes and positions from tensors: picture (N, 8, 8, 1) -> N x 1 x 4 x 4."""
    nodes = [
        helper.make_node("Cast", ["picture"], ["values"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["values"], ["upright"], perm=[0, 3, 1, 2]),
        helper.make_node("Slice", ["upright", "start", "end", "axis"], ["part"]),  # N x 1 x 6 x 8
        helper.make_node("Pad", ["part", "pads"], ["padded"]),  # N x 1 x 7 x 9
        helper.make_node("ReduceMean", ["padded"], ["mean"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Slice", ["upright", "zero", "four", "axis"], ["band"]),  # N x 1 x 4 x 8
        helper.make_node("Gather", ["band", "rows"], ["shuffled"], axis=2),
        helper.make_node("Reshape", ["shuffled", "shape"], ["pairs"]),  # N x 4 x 4 x 2
        helper.make_node("Mul", ["pairs", "scale"], ["grid"]),
        helper.make_node("GridSample", ["padded", "grid"], ["sampled"], align_corners=1, mode="bilinear"),
        helper.make_node("Add", ["sampled", "mean"], ["found"]),
    ]
    graph = helper.make_graph(
        nodes,
        "operations",
        [helper.make_tensor_value_info("picture", TensorProto.UINT8, ["N", 8, 8, 1])],
        [helper.make_tensor_value_info("found", TensorProto.FLOAT, ["N", 1, 4, 4])],
        [numpy_helper.from_array(values, name) for name, values in CONSTANTS.items()],
    )
    path = tmp_path_factory.mktemp("networks") / "operations.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def test_an_exported_network_gives_the_same_in_pytorch_as_in_openvino(exported: Path) -> None:
    network, expected = load_onnx_network(exported, CpuDevice()), load_network(exported)
    pictures = {"picture": np.random.default_rng(0).integers(0, 256, (5, 8, 8, 1), np.uint8)}
    assert (network.inputs, network.outputs) == (expected.inputs, expected.outputs)
    np.testing.assert_allclose(network.run(pictures)["found"], expected.run(pictures)["found"], rtol=1e-5, atol=1e-3)


@pytest.mark.slow
def test_the_face_mesh_on_cuda_is_the_same_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_runtime, "BATCH_SIZES", (2, 1))
    monkeypatch.setattr(torch_runtime, "CudaDevice", lambda *, tf32: None if tf32 else CpuDevice())
    image = cv2.cvtColor(cv2.imread(str(DEMO_PERSON / "frames" / "0000.jpg")), cv2.COLOR_BGR2RGB)
    camera = CameraIntrinsics.from_field_of_view(640, 480)
    pictures = [Picture(image, camera, 0.0), Picture(np.zeros_like(image), camera, 0.0), Picture(image, camera, 5.0)]
    found, expected = MeshLandmarks("cuda").find(pictures), MeshLandmarks("cpu").find(pictures)
    assert [track is None for track in found] == [False, True, False]
    for one, other in zip(found, expected, strict=True):
        if one is not None and other is not None:
            np.testing.assert_allclose(one.points_px, other.points_px, atol=0.01)


def test_the_host_reads_nothing_from_the_device_while_the_face_mesh_runs() -> None:
    module = placed(convert(onnx.load(NETWORKS_DIR / "face_mesh.onnx")).eval(), "meta")
    points, presence = module(torch.zeros((2, 192, 192, 3), dtype=torch.uint8, device="meta"))
    assert (points.shape, points.device.type, len(presence)) == ((2, 478, 2), "meta", 2)


@pytest.mark.parametrize(("name", "px"), [("fusion_112", 112), ("fusion_224", 224)])
def test_the_host_reads_nothing_from_the_device_while_a_gaze_network_runs(name: str, px: int) -> None:
    given = [
        torch.zeros(2, px, px, 3, dtype=torch.uint8),
        torch.zeros(2, 2, 32, 64, dtype=torch.uint8),
        torch.zeros(2, 3),
    ]
    gaze, *_ = Flat(build(name)).eval().to("meta")(*(tensor.to("meta") for tensor in given))
    assert (gaze.shape, gaze.device.type) == ((2, 2), "meta")


def test_the_host_reads_nothing_from_the_device_while_an_exported_network_runs(exported: Path) -> None:
    # Tensors of the device "meta" have no values. Reading one raises, as it does while a CUDA graph is recorded.
    module = placed(convert(onnx.load(exported)).eval(), "meta")
    found = module(torch.zeros((2, 8, 8, 1), dtype=torch.uint8, device="meta"))
    assert (found.shape, found.device.type) == ((2, 1, 4, 4), "meta")
    with pytest.raises(RuntimeError):
        convert(onnx.load(exported)).eval().to("meta")(found)


class FakeCuda:
    """Stands for `torch.cuda`. Runs all at once, and notes on which stream."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.streams: list[FakeStream] = []
        self.current = "default"

    def Stream(self) -> FakeStream:  # noqa: N802
        self.streams.append(FakeStream(self, ("uploads", "computing", "downloads")[len(self.streams)]))
        return self.streams[-1]

    @contextmanager
    def stream(self, stream: FakeStream) -> Iterator[None]:
        before, self.current = self.current, stream.name
        yield
        self.current = before

    def Event(self, *, blocking: bool) -> FakeEvent:  # noqa: N802
        assert blocking
        return FakeEvent()

    def synchronize(self) -> None:
        self.notes.append("synchronize")

    def CUDAGraph(self) -> FakeGraph:  # noqa: N802
        return FakeGraph(self)

    @contextmanager
    def graph(self, graph: FakeGraph, *, stream: FakeStream) -> Iterator[None]:
        self.notes.append("record")
        with self.stream(stream):
            yield


class FakeStream:
    def __init__(self, cuda: FakeCuda, name: str) -> None:
        self.cuda, self.name = cuda, name

    def wait_stream(self, other: FakeStream) -> None:
        self.cuda.notes.append(f"{self.name} waits for {other.name}")

    def record_event(self, event: FakeEvent) -> FakeEvent:
        event.stream = self
        return event


class FakeEvent:
    stream: FakeStream

    def synchronize(self) -> None:
        self.stream.cuda.notes.append(f"wait for {self.stream.name}")


class FakeGraph:
    def __init__(self, cuda: FakeCuda) -> None:
        self.cuda = cuda

    def replay(self) -> None:
        self.cuda.notes.append(f"replay on {self.cuda.current}")


def test_a_graph_is_recorded_after_a_warm_up_and_replayed_between_its_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = FakeCuda()
    monkeypatch.setattr(torch_runtime.torch, "cuda", cuda)
    device = torch_runtime.CudaDevice(tf32=True)
    precision = torch.get_float32_matmul_precision()
    seen: list[tuple[str, bool, str]] = []

    def forward() -> None:
        cuda.notes.append(f"forward on {cuda.current}")
        seen.append((cuda.current, torch.backends.cudnn.allow_tf32, torch.get_float32_matmul_precision()))

    replay = device.recorded(forward)
    assert cuda.notes == [
        "synchronize",
        *["forward on computing"] * 3,
        "synchronize",
        "record",
        "forward on computing",
    ]
    assert set(seen) == {("computing", True, "high")}
    assert torch.get_float32_matmul_precision() == precision
    cuda.notes.clear()
    there, back = torch.zeros(2), torch.zeros(2)
    wait = device.start([(there, torch.ones(2))], replay, [(back, there)])
    assert back.tolist() == [1.0, 1.0]
    assert cuda.notes == ["computing waits for uploads", "replay on computing", "downloads waits for computing"]
    wait()
    assert cuda.notes[-1] == "wait for downloads"


def test_landmarks_keep_the_precision_of_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_runtime.torch, "cuda", FakeCuda())
    seen: list[tuple[bool, str]] = []
    torch_runtime.CudaDevice(tf32=False).recorded(
        lambda: seen.append((torch.backends.cudnn.allow_tf32, torch.get_float32_matmul_precision()))
    )
    assert set(seen) == {(False, "highest")}
