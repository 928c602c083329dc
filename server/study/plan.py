"""What the page shows to one participant, as JSON values. Pure."""

from __future__ import annotations

from typing import Any

from server.study.definition import Question, Stimulus, Study
from server.study.order import ordered

# A stimulus that says neither: pictures have the study's duration, a video ends at its end.
UNTIL = {"text": "space", "page": "any"}


def about(study: Study) -> dict[str, Any]:
    """The texts before and after the stimuli, and the length of what has a known one."""
    steps = [_step(study, number, stimulus) for number, stimulus in enumerate(study.stimuli)]
    known_ms = sum(step["duration_ms"] or 0.0 for step in steps) + 1000.0 * study.fixation_s * len(steps)
    return {
        "name": study.name,
        "title": study.title,
        "consent": study.consent,
        "instructions": study.instructions,
        "thanks": study.thanks,
        "calibration": str(study.calibration),
        "validation": study.validation,
        "n_stimuli": len(steps),
        "duration_ms": known_ms,
    }


def plan(study: Study, participant: int, row: int) -> dict[str, Any]:
    """The steps in the order of this participant: stimuli, checks between them, questions at the end."""
    numbers = ordered(study.order, len(study.stimuli), study=study.name, participant=participant, row=row)
    steps: list[dict[str, Any]] = []
    for place, number in enumerate(numbers):
        if place and study.check_every is not None and place % study.check_every == 0:
            steps.append({"kind": "check"})
        stimulus = study.stimuli[number]
        steps.append(_step(study, number, stimulus))
        if stimulus.question is not None:
            steps.append(_question(stimulus.question, f"{study.name_of(number)} question"))
    steps += [_question(question, f"question {number}") for number, question in enumerate(study.questions, start=1)]
    return {"participant": participant, "row": row, "steps": steps}


def _step(study: Study, number: int, stimulus: Stimulus) -> dict[str, Any]:
    timed = stimulus.duration_s is not None or stimulus.until is not None
    duration_s = stimulus.duration_s if timed or stimulus.kind != "picture" else study.duration_s
    until = stimulus.until if timed else UNTIL.get(stimulus.kind)
    return {
        "kind": stimulus.kind,
        "name": study.name_of(number),
        "source": f"/v1/study/files/{number}" if stimulus.is_file else stimulus.content,
        "duration_ms": None if duration_s is None else 1000.0 * duration_s,
        "until": until,
        "fixation_ms": 1000.0 * study.fixation_s,
    }


def _question(question: Question, name: str) -> dict[str, Any]:
    answers = [{"key": key, "answer": answer} for key, answer in question.keys.items()]
    return {"kind": "question", "name": question.name or name[:64], "ask": question.ask, "answers": answers}
