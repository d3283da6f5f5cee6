"""Markup as elements, never as text that is put together: what is shown cannot become markup."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, tostring

from groundplan.domain.plain_text import plain
from groundplan.report.charts.style import CHART_STYLE

SVG = "http://www.w3.org/2000/svg"


def node(tag: str, *children: Element | str | None, **attributes: str | float | None) -> Element:
    """An element. `class_` is the attribute `class`, `stroke_width` is `stroke-width`; None leaves one out.

    Texts are made plain: neither control characters nor invisible or reordering ones get through, and the rest is
    escaped when it is written.
    """
    made = Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name.rstrip("_").replace("_", "-"), _written(value))
    for child in children:
        _add(made, child)
    return made


def nodes(tag: str, children: Iterable[Element | str | None], **attributes: str | float | None) -> Element:
    """As `node`, of children that come one by one."""
    return node(tag, *children, **attributes)


def _add(parent: Element, child: Element | str | None) -> None:
    if child is None:
        return
    if not isinstance(child, str):
        parent.append(child)
    elif len(parent):
        parent[-1].tail = (parent[-1].tail or "") + _text(child)
    else:
        parent.text = (parent.text or "") + _text(child)


def _text(text: str) -> str:
    """The text made plain, with a blank at either end where there was one."""
    safe = plain(text)
    before, after = (" " if text[:1].isspace() else ""), (" " if text[-1:].isspace() and safe else "")
    return f"{before}{safe}{after}"


def _written(value: str | float) -> str:
    return plain(value) if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


@dataclass(frozen=True)
class Chart:
    """A drawing of so many pixels, with what it shows in words. A notebook displays it as it is."""

    name: str
    width: float
    height: float
    parts: tuple[Element, ...]

    def element(self) -> Element:
        """The `svg` element, for a page that has `CHART_STYLE`."""
        return nodes(
            "svg",
            self.parts,
            class_="chart",
            role="img",
            aria_label=self.name,
            viewBox=f"0 0 {self.width:.0f} {self.height:.0f}",
            width=self.width,
            height=self.height,
        )

    def svg(self) -> str:
        """An SVG document that needs nothing else."""
        root = self.element()
        root.set("xmlns", SVG)
        style = Element("style")
        style.text = CHART_STYLE
        root.insert(0, style)
        root.insert(1, node("rect", width=self.width, height=self.height, class_="paper"))
        return tostring(root, encoding="unicode")

    def _repr_svg_(self) -> str:
        return self.svg()
