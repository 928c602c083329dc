"""Exported networks on the CPU. The network in use stands for all."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.checkpoints import WEIGHTS_DIR
from models.runtime import Network, load_network, openvino_core, restore_advice
from tests.support.paths import ROOT


@pytest.fixture(scope="module")
def network() -> Network:
    return load_network(WEIGHTS_DIR / "fast.onnx")


def inputs(count: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(count)
    return {
        "face": random.integers(0, 256, (count, 112, 112, 3), np.uint8),
        "eyes": random.integers(0, 256, (count, 2, 32, 64), np.uint8),
        "head": random.normal(0.0, 0.2, (count, 3)).astype(np.float32),
    }


def test_the_inputs_have_a_free_batch_axis_and_their_sizes(network: Network) -> None:
    assert network.inputs == {"face": (None, 112, 112, 3), "eyes": (None, 2, 32, 64), "head": (None, 3)}
    assert {"gaze", "embedding"} <= set(network.outputs)


@pytest.mark.parametrize("count", [2, 3, 4, 7])
def test_each_row_of_a_batch_of_any_size_is_what_it_is_alone(network: Network, count: int) -> None:
    given = inputs(count)
    together = network.run(given)
    for row in range(count):
        alone = network.run({name: values[row : row + 1] for name, values in given.items()})
        for name in network.outputs:
            assert len(together[name]) == count
            np.testing.assert_allclose(together[name][row], alone[name][0], rtol=1e-3, atol=1e-4)


def test_bfloat16_moves_an_answer_a_little_and_float32_is_the_default(network: Network) -> None:
    given = inputs(2)
    exact, rough = network.run(given)["gaze"], load_network(WEIGHTS_DIR / "fast.onnx", bfloat16=True).run(given)["gaze"]
    np.testing.assert_allclose(rough, exact, atol=0.01)
    if "BF16" in openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        assert not np.array_equal(rough, exact)
    else:
        np.testing.assert_array_equal(rough, exact)


def test_results_stay_when_the_network_runs_again(network: Network) -> None:
    first = network.run(inputs(1))["gaze"]
    kept = first.copy()
    network.run({name: values // 2 for name, values in inputs(1).items()})
    np.testing.assert_array_equal(first, kept)


def test_a_missing_file_and_a_file_that_is_no_network_are_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"gone\.onnx: no such file"):
        load_network(tmp_path / "gone.onnx")
    (tmp_path / "text.onnx").write_text("not a network")
    with pytest.raises(ValueError, match=r"text\.onnx: not a network"):
        load_network(tmp_path / "text.onnx")


def test_a_process_takes_signals_after_networks_were_dropped() -> None:
    """In a process of its own, because the fault ends the process."""
    code = (
        "import os, signal; from pathlib import Path; from models.runtime import load_network; "
        f"path = Path({str(WEIGHTS_DIR / 'fast.onnx')!r}); "
        "signal.signal(signal.SIGTERM, lambda *_: print('taken')); "
        "networks = [load_network(path) for _ in range(3)]; "
        "networks.pop(0); networks.pop(0); networks.pop(0); "
        "os.kill(os.getpid(), signal.SIGTERM)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, "taken\n"), done.stderr


def test_the_telemetry_of_openvino_is_never_imported() -> None:
    code = (
        "import sys; from pathlib import Path; from models.runtime import load_network; "
        f"load_network(Path({str(WEIGHTS_DIR / 'fast.onnx')!r})); "
        "print([name for name in sys.modules if 'telemetry' in name or name == 'openvino.tools.ovc'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stderr


def test_a_missing_file_of_the_program_has_the_command_that_restores_it() -> None:
    missing = WEIGHTS_DIR / "none.safetensors"
    assert restore_advice(missing) == f"get it back with 'git checkout -- models/weights/none.safetensors' in {ROOT}"


def test_a_missing_file_of_an_installed_package_is_installed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.runtime.__file__", str(tmp_path / "app" / "models" / "runtime.py"))
    assert restore_advice(tmp_path / "app" / "models" / "weights" / "a.onnx") == "install the package again"


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff\xd8\xff\xd9", None])
def test_a_broken_network_is_reported_in_one_line_with_the_command(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes((WEIGHTS_DIR / "fast.onnx").read_bytes()[:5000] if content is None else content)
    with pytest.raises(ValueError, match="not a network that OpenVINO can read; get it back with") as problem:
        load_network(path)
    assert "\n" not in str(problem.value)
