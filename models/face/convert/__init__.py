"""Conversion of MediaPipe's networks to ONNX: `python -m models.face.convert`."""
