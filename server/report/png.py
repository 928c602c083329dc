"""Draws the SVG of a figure as PNG, for programs that take no SVG. Reads fonts."""

from __future__ import annotations

from pathlib import Path

SCALE = 2.0  # pixels for each unit of the SVG: sharp in print and on dense screens


def png_of(svg: str) -> bytes:
    """The PNG. The letters are those of DejaVu Sans, which matplotlib brings; other fonts have what it lacks."""
    import matplotlib  # here, because the server draws no PNG
    import resvg_py

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return resvg_py.svg_to_bytes(
        svg,
        zoom=SCALE,
        font_files=[str(fonts / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")],
        sans_serif_family="DejaVu Sans",
    )
