from pathlib import Path

import numpy as np
import pytest

from models.bench import example, exported, measure, stages, table
from models.networks.registry import NETWORKS, build


def test_candidates_take_turns_and_warm_up_is_not_counted() -> None:
    order: list[str] = []
    times = measure({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, rounds=2)
    assert order == ["a", "b"] * 5
    assert {name: len(values) for name, values in times.items()} == {"a": 2, "b": 2}


def test_the_table_has_median_and_95th_percentile() -> None:
    text = table({"landmarks": np.array([1.0, 2.0, 3.0])})
    assert "landmarks" in text
    assert "2.00" in text
    assert "2.90" in text


def test_a_picture_without_a_face_is_refused() -> None:
    with pytest.raises(ValueError, match="no face"):
        stages(np.zeros((240, 320, 3), np.uint8))


@pytest.mark.slow
def test_an_exported_network_answers_as_in_pytorch(tmp_path: Path) -> None:
    net, inputs = build("eyes_aligned").eval(), example(NETWORKS["eyes_aligned"])
    network, given = exported(net, inputs, tmp_path / "eyes.onnx")
    np.testing.assert_allclose(next(iter(network.run(given).values())), net(inputs).gaze.detach().numpy(), atol=1e-4)
