from __future__ import annotations

import pytest

from models import throughput
from models.throughput import Throughput, measure, runs_per_second, table


def test_the_first_run_is_not_counted_and_at_least_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[float] = []
    monkeypatch.setattr(throughput.time, "perf_counter", lambda: 10.0 * len(runs))
    assert runs_per_second(lambda: runs.append(0.0), seconds=1.0) == pytest.approx(0.1)
    assert len(runs) == 2
    runs.clear()
    assert runs_per_second(lambda: runs.append(0.0), seconds=50.0) == pytest.approx(0.1)
    assert len(runs) == 6


def test_the_table_names_the_device_and_has_a_row_for_each_batch_size() -> None:
    lines = table([Throughput(1, 812.4, 101.0), Throughput(32, 20000.0, 240.0)], "cpu").splitlines()
    assert lines[0].startswith("faces/s on one core")
    assert [line.split() for line in lines[2:]] == [["1", "812", "101"], ["32", "20000", "240"]]


def test_both_are_measured_on_this_machine() -> None:
    rows = measure("cpu", "fast", sizes=(1, 3), seconds=0.0)
    assert [row.batch for row in rows] == [1, 3]
    assert all(row.network > row.analysis > 0.0 for row in rows)


def test_a_missing_gpu_is_an_error_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.predictor.nvidia_gpu_is_here", lambda: False)
    monkeypatch.setattr("models.torch_predictor.cuda_is_available", lambda: False)
    with pytest.raises(SystemExit, match="finds no CUDA device"):
        throughput.main(["--device", "cuda"])
