"""Numbers of an analysis in words. Pure."""

from __future__ import annotations

from collections import Counter
from statistics import median

from server.analysis.analysis import Analysis
from server.analysis.groups import Estimate

KINDS = {"measured": "measured", "announced": "as announced by the calibration", "predicted": "as predicted"}


def seconds(ms: float) -> str:
    """0 s, 240 ms, 1.35 s, 12.4 s."""
    if ms == 0.0:
        return "0 s"
    if ms < 1000.0:
        return f"{ms:.0f} ms"
    return f"{ms / 1000.0:.2f} s" if ms < 10_000.0 else f"{ms / 1000.0:.1f} s"


def shortened(name: str, most: float) -> str:
    """The name cut to `most` characters, but not below 6."""
    limit = max(int(most), 6)
    return name if len(name) <= limit else f"{name[: limit - 1]}…"


def about_data(found: Analysis) -> str:
    """People, time and accuracy, in one line."""
    n_people = len({person.subject.person for person in found.people})
    n = len(found.people)
    who = f"{n_people} {'person' if n_people == 1 else 'people'}"
    if n != n_people:
        who += f" in {n} recordings"
    return f"{who}; {about_time(found)}; {about_accuracy(found)}."


def about_time(found: Analysis) -> str:
    if found.request.span_ms is not None:
        begin, end = found.request.span_ms
        return f"{seconds(begin)} to {seconds(end)} from the onset"
    shown = [person.shown_ms for person in found.people]
    return f"shown for {seconds(median(shown))}" + (" (median)" if len(shown) > 1 else "")


def about_span(found: Analysis, name: str) -> str:
    """When an area counts, such as "2 s to 5 s"; empty if always."""
    span_ms = next((area.span_ms for area in found.request.areas if area.name == name), None)
    if span_ms is None:
        return ""
    begin, end = span_ms
    return f"from {seconds(begin)}" if end is None else f"{seconds(begin)} to {seconds(end)}"


def with_span(found: Analysis, name: str) -> str:
    """The name of an area, with its time if it has one."""
    span = about_span(found, name)
    return f"{name} ({span})" if span else name


def about_accuracy(found: Analysis) -> str:
    known = [a for person in found.people if (a := person.subject.line.accuracy) is not None]
    if not known:
        return "accuracy unknown"
    errors = sorted(accuracy.px for accuracy in known)
    kind, _ = Counter(accuracy.kind for accuracy in known).most_common(1)[0]
    middle = f"{median(errors):.0f} px"
    if len(errors) > 1:
        middle += f" (median, {errors[0]:.0f} to {errors[-1]:.0f})"
    return f"accuracy {middle}, {KINDS[kind]}" + ("" if len({a.kind for a in known}) == 1 else " or otherwise")


def estimate(value: Estimate, kind: str) -> str:
    """`1.35 s [0.9, 1.8]`. kind: ms, share or count."""
    if value.mean is None:
        return "–"
    mean = _number(value.mean, kind)
    if value.low is None or value.high is None:
        return mean
    # A duration, a count or a share can't be negative, though the interval of a mean may be.
    return f"{mean} [{_number(max(value.low, 0.0), kind)}, {_number(value.high, kind)}]"


def number(value: float | int | bool | None, kind: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else _number(value, kind)


def _number(value: float, kind: str) -> str:
    match kind:
        case "ms":
            return seconds(value)
        case "share":
            return f"{100.0 * value:.0f} %"
    return f"{value:.2f}".rstrip("0").rstrip(".")


METRIC_WORDS: dict[str, tuple[str, str]] = {
    "looked": ("people who looked", "share"),
    "time_to_first_fixation_ms": ("time to first fixation", "ms"),
    "first_fixation_duration_ms": ("first fixation duration", "ms"),
    "fixation_count": ("fixations", "count"),
    "fixation_ms": ("total fixation duration", "ms"),
    "mean_fixation_ms": ("mean fixation duration", "ms"),
    "visits": ("visits", "count"),
    "revisits": ("revisits", "count"),
    "dwell_ms": ("total dwell", "ms"),
    "mean_dwell_ms": ("mean dwell", "ms"),
    "share": ("share of fixation time", "share"),
    "certainty": ("certainty", "share"),
    "expected_ms": ("expected fixation time", "ms"),
}
"""The words of each metric, and the kind of its values."""
