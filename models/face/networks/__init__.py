"""The networks of MediaPipe's face mesh and face detector as ONNX files. See NOTICE for origin and licence."""

from pathlib import Path

NETWORKS_DIR = Path(__file__).parent
