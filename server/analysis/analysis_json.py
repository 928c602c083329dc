"""The JSON of an analysis, as `POST /v1/analysis` answers it. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from server.analysis.analysis import Analysis, Person
from server.analysis.groups import by_name


def analysis_json(found: Analysis) -> dict[str, Any]:
    request = found.request
    totals = found.transitions.sum(axis=1, keepdims=True)
    shares = np.divide(found.transitions, totals, out=np.zeros(found.transitions.shape), where=totals > 0)
    return {
        "stimulus": request.stimulus,
        "size_px": [round(side, 1) for side in found.size_px],
        "span_ms": request.span_ms,
        "areas": _areas(found),
        "people": [_person(person) for person in found.people],
        "groups": {name: _rounded(by_name(estimates)) for name, estimates in found.groups.items()},
        "transitions": {
            "names": list(found.columns),
            "counts": found.transitions.tolist(),
            "shares": shares.round(4).tolist(),
        },
        "heat": {
            "width": found.heat.values.shape[1],
            "height": found.heat.values.shape[0],
            "max_ms": round(found.heat.max_ms, 1),
            "values": found.heat.values.round(1).ravel().tolist(),
            "unit": "ms of fixation near this place, mean over recordings",
            "sigma_px": round(found.heat.sigma_px, 1),
        },
        "warnings": [asdict(caution) for caution in found.cautions],
    }


def _areas(found: Analysis) -> list[dict[str, Any]]:
    drawn = {area.name: area for area in found.request.areas}
    areas = []
    for name in found.names:
        sure = [
            person.areas.certainty[person.areas.names.index(name)]
            for person in found.people
            if name in person.areas.names and person.subject.line.accuracy is not None
        ]
        middle = round(min(sure), 4) if sure else None
        area: dict[str, Any] = {"name": name, "certainty_in_middle": middle, "reported": name not in drawn}
        if name in drawn:
            left, top, right, bottom = drawn[name].form.box
            smallest_px = min((right - left) * found.size_px[0], (bottom - top) * found.size_px[1])
            area |= {"shape": drawn[name].shape, "points": drawn[name].points, "span_ms": drawn[name].span_ms}
            area["smallest_px"] = round(smallest_px, 1)
        areas.append(area)
    return areas


def _person(person: Person) -> dict[str, Any]:
    line = person.subject.line
    accuracy = line.accuracy
    return {
        "recording": line.name,
        "person": line.person,
        "label": person.subject.label,
        "title": person.subject.title,
        "accuracy_px": None if accuracy is None else round(accuracy.px, 1),
        "accuracy_kind": None if accuracy is None else accuracy.kind,
        "sigma_px": None if accuracy is None else round(accuracy.sigma_px, 1),
        "shown_ms": round(person.shown_ms, 1),
        "lost": None if person.lost_share is None else round(person.lost_share, 4),
        "fixations": fixations_json(person),
        "areas": {name: _rounded(asdict(metrics)) for name, metrics in person.metrics.items()},
        "sequence": list(person.sequence),
    }


def fixations_json(person: Person) -> list[dict[str, Any]]:
    """All fixations in the order of time. showing: counts the showings of the stimulus from 0."""
    names = person.areas.names
    known = person.subject.line.accuracy is not None
    fixations = []
    for showing, (look, hits) in enumerate(zip(person.looks, person.hits, strict=True)):
        rows = zip(look.start_ms, look.duration_ms, look.x, look.y, hits.main.tolist(), strict=True)
        for number, (start, duration, x, y, main) in enumerate(rows):
            fixations.append(
                {
                    "showing": showing,
                    "start_ms": round(float(start), 1),
                    "duration_ms": round(float(duration), 1),
                    "x": round(float(x), 4),
                    "y": round(float(y), 4),
                    "area": names[main] if main >= 0 else None,
                    "areas": [names[area] for area in np.flatnonzero(hits.hit[number]).tolist()],
                    "certainty": round(float(hits.probability[number, main]), 3) if main >= 0 and known else None,
                }
            )
    return fixations


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(member) for key, member in value.items()}
    return round(value, 4) if isinstance(value, float) else value
