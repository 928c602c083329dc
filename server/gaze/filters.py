"""The filters that smooth the gaze points of one camera. `FILTERS` lists them by name.

To add one: write a class with `apply` and `reset`, and name it in `FILTERS`. `--filter` of serve and evaluate then
offers it. For `filter_set`, name it in `FilterName` of the protocol as well. `apply` gets the capture time, because
frames come at irregular intervals.

The default is the One Euro filter (Casiez, Roussel, Vogel, CHI 2012). For each coordinate, with e = time since the last
sample in seconds:

1. a(f) = 1 / (1 + 1 / (2 pi f e))                         smoothing factor of a cut-off frequency f
2. dx = (x - last filtered x) / e;  dx^ = a(d_cutoff) dx + (1 - a(d_cutoff)) last dx^
3. f = min_cutoff + beta |dx^|                             slow: smooth; fast: follow
4. x^ = a(f) x + (1 - a(f)) last x^

The reasons for the parameters: positions are in screen units, so |dx^| is in screens a second, and beta in 1/screen. A
webcam's gaze has noise of 0.02 to 0.05 of the screen from frame to frame. At 30 frames/s this makes |dx^| about 0.2/s,
and a saccade across a third of the screen makes it 1.5/s or more. The usual beta of 0.007 is for pixels or degrees;
here the point would follow a saccade after 600 ms. A simulation with white noise of 0.04 at 30 frames/s compares noise
with delay:

    min_cutoff 0.6, beta 1: step from frame to frame 0.12 of the unfiltered, 90 % of a third of the screen after 167 ms
    min_cutoff 0.6, beta 2: 0.16, 133 ms    <- chosen; tests/server/gaze/test_filters.py checks these two figures
    min_cutoff 0.6, beta 5: 0.24, 100 ms

A person can choose another compromise for a session (`filter_set` of the protocol):

    light:  min_cutoff 1.2, beta 4:   0.26, 100 ms
    strong: min_cutoff 0.3, beta 0.7: 0.08, 233 ms
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from calibration.screen import ScreenPoint

GAP_MS = 300.0  # about a blink; after a longer gap the eye may be anywhere, so the old point has no use


class PointFilter(Protocol):
    """Smooths the points of one camera. An invalid sample reaches no filter, so a gap in time is normal."""

    def apply(self, point: ScreenPoint, captured_ms: float) -> ScreenPoint:
        """The filtered point of one valid sample, in screen units. captured_ms: may jump in either direction."""

    def reset(self) -> None:
        """Forgets all points, so they do not influence the next one."""


@dataclass(frozen=True, slots=True)
class OneEuroParameters:
    min_cutoff_hz: float = 0.6
    beta: float = 2.0  # Hz for each screen a second
    derivative_cutoff_hz: float = 1.0


LIGHT = OneEuroParameters(min_cutoff_hz=1.2, beta=4.0)
STRONG = OneEuroParameters(min_cutoff_hz=0.3, beta=0.7)


class OneEuro:
    """The filter of one coordinate. A gap, or a time that does not grow (the clock was set back), resets it."""

    def __init__(self, parameters: OneEuroParameters, *, gap_ms: float = GAP_MS) -> None:
        self._parameters = parameters
        self._gap_ms = gap_ms
        self.reset()

    def reset(self) -> None:
        self._time_ms: float | None = None  # None before the first value; 0.0 is a valid time
        self._value = 0.0
        self._speed = 0.0

    def apply(self, value: float, time_ms: float) -> float:
        last_ms, self._time_ms = self._time_ms, time_ms
        if last_ms is None or not 0.0 < time_ms - last_ms <= self._gap_ms:
            self._value, self._speed = value, 0.0
            return value
        elapsed_s = (time_ms - last_ms) / 1000.0
        p = self._parameters
        speed = (value - self._value) / elapsed_s
        self._speed += smoothing_factor(p.derivative_cutoff_hz, elapsed_s) * (speed - self._speed)
        cutoff_hz = p.min_cutoff_hz + p.beta * abs(self._speed)
        self._value += smoothing_factor(cutoff_hz, elapsed_s) * (value - self._value)
        return self._value


def smoothing_factor(cutoff_hz: float, elapsed_s: float) -> float:
    """a(f) above: the weight of the new value, 0 (keep the old value) to 1 (use the new value)."""
    r = 2.0 * math.pi * cutoff_hz * elapsed_s
    return r / (r + 1.0)


class OneEuroPointFilter:
    """Filters x and y separately, because a horizontal saccade should not let vertical noise pass."""

    def __init__(self, parameters: OneEuroParameters | None = None) -> None:
        parameters = parameters or OneEuroParameters()
        self._x, self._y = OneEuro(parameters), OneEuro(parameters)

    def apply(self, point: ScreenPoint, captured_ms: float) -> ScreenPoint:
        return ScreenPoint(self._x.apply(point.x, captured_ms), self._y.apply(point.y, captured_ms))

    def reset(self) -> None:
        self._x.reset()
        self._y.reset()


class NoFilter:
    """Returns each point unchanged."""

    def apply(self, point: ScreenPoint, captured_ms: float) -> ScreenPoint:
        return point

    def reset(self) -> None:
        pass


FILTERS: Mapping[str, Callable[[], PointFilter]] = {
    "one_euro": OneEuroPointFilter,
    "one_euro_light": lambda: OneEuroPointFilter(LIGHT),
    "one_euro_strong": lambda: OneEuroPointFilter(STRONG),
    "none": NoFilter,
}
