"""Elements of an SVG as text. Pure. Every value from outside is escaped."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape

FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def element(tag: str, *children: str, **attributes: object) -> str:
    """An element. `fill_opacity=0.5` becomes `fill-opacity="0.5"`; None leaves an attribute out."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_text(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{''.join(children)}</{tag}>" if children else f"<{tag}{written}/>"


def text(content: str, x: float, y: float, **attributes: object) -> str:
    return element("text", escape(content), x=x, y=y, **attributes)


def image(content: bytes, content_type: str, x: float, y: float, width: float, height: float) -> str:
    """A picture inside the SVG, stretched to the rectangle."""
    href = f"data:{content_type};base64,{base64.b64encode(content).decode()}"
    return element("image", href=href, x=x, y=y, width=width, height=height, preserveAspectRatio="none")


def document(width: float, height: float, children: Iterable[str], title: str) -> str:
    """The whole file. title: what it shows, for people who don't see it."""
    return element(
        "svg",
        element("title", escape(title)),
        element("rect", width=width, height=height, fill="#ffffff"),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        font_family=FONT,
        font_size=14,
        role="img",
    )


def _text(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
