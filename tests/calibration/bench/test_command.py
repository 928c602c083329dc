from pathlib import Path

import pytest

from calibration.bench import __main__ as bench
from calibration.bench.feature_file import save_features
from tests.support.calibration_eye import session


def test_without_a_command_the_files_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_features(tmp_path / "easy.npz", [session(0), session(1)])
    options = ["--methods", "centre", "--brief"]
    assert bench.main([str(tmp_path / "easy.npz"), *options]) == 0
    without = capsys.readouterr().out
    assert bench.main(["compare", str(tmp_path / "easy.npz"), *options]) == 0
    assert capsys.readouterr().out == without


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(["--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("compare", "rounds", "gains", "coverage"))


def test_a_call_without_files_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main([])
    assert "COMMAND" in capsys.readouterr().err
