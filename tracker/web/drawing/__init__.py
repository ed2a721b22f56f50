"""Geometry of what the server draws: clocks, journeys, bullets, bars. Pure.

Shares of a width come out as text for SVG attributes, since the content security policy allows no style attributes.
"""

from tracker.web.drawing.bars import Bar, Drawn, Part, Span, Stack, bars, funnel, shares, spans, stacked
from tracker.web.drawing.bullets import Bullet, bullet
from tracker.web.drawing.clocks import Clock, ClockReading, Ring, clock, ring
from tracker.web.drawing.journeys import Step, journey
from tracker.web.drawing.quorums import Dot, dots, dots_width
from tracker.web.drawing.shapes import Rect, Text, at, share

__all__ = [
    "Bar",
    "Bullet",
    "Clock",
    "ClockReading",
    "Dot",
    "Drawn",
    "Part",
    "Rect",
    "Ring",
    "Span",
    "Stack",
    "Step",
    "Text",
    "at",
    "bars",
    "bullet",
    "clock",
    "dots",
    "dots_width",
    "funnel",
    "journey",
    "ring",
    "share",
    "shares",
    "spans",
    "stacked",
]
