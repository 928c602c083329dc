from pathlib import Path

import cv2
import pytest

from models.curves import CurveError, main, read_curve

CURVE = "step,training,held_out\n250,5.5,6.5\n500,4.5,5.25\n"


def test_a_curve_is_read_and_drawn(tmp_path: Path) -> None:
    (tmp_path / "eyes.curve.csv").write_text(CURVE)
    curve = read_curve(tmp_path, "eyes")
    assert (curve.steps, curve.held_out) == ((250, 500), (6.5, 5.25))
    main(["eyes", "--runs", str(tmp_path), "--out", str(tmp_path / "curves.png")])
    assert cv2.imread(str(tmp_path / "curves.png")).std() > 5


@pytest.mark.parametrize(
    ("text", "said"), [("step,training\n1,2\n", "not a training curve"), ("step,training,held_out\n", "no measurement")]
)
def test_a_file_that_is_no_curve_is_named(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "eyes.curve.csv").write_text(text)
    with pytest.raises(CurveError, match=said):
        read_curve(tmp_path, "eyes")


def test_a_run_that_was_never_trained_says_how_to(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"models\.train --config eyes"):
        main(["eyes", "--runs", str(tmp_path), "--out", str(tmp_path / "curves.png")])
