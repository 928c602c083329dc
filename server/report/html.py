"""The report: one HTML file with its figures inside, which opens without a server. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from server import __version__
from server.analysis.analysis import Analysis
from server.analysis.timeline import Timeline
from server.report.areas_file import AreasFile, areas_of
from server.report.referee import referee_figures
from server.report.words import METRIC_WORDS, about_data, estimate, number, seconds, with_span

STYLE = """
:root { color-scheme: light dark; --ink: #17171c; --quiet: #5c5c66; --paper: #fff; --line: #d9d9e0; --note: #fff4d6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececf1; --quiet: #a9a9b5; --paper: #1b1b21; --line: #3a3a44; --note: #45391a; }
}
body { margin: 2rem auto; max-width: 76rem; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); }
h1 { font-size: 1.7rem; }
h2 { font-size: 1.3rem; margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1.5rem; }
h3 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
h1, h2, p, li { overflow-wrap: anywhere; }
nav ul { columns: 16rem; padding-left: 1.2rem; }
.quiet { color: var(--quiet); }
.note { background: var(--note); border-radius: 6px; padding: .6rem 1rem; margin: 1rem 0; }
.note ul { margin: 0; padding-left: 1.2rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); gap: 1rem; }
figure { margin: 0; }
figure img { width: 100%; height: auto; border: 1px solid var(--line); border-radius: 6px; background: #fff; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child, .words td, .pairs :nth-child(2) { text-align: left; }
thead th { vertical-align: bottom; white-space: normal; }
.words td { white-space: normal; vertical-align: top; }
"""

PRECISION = ("RMS-S2S px", "STD px", "BCEA px²")
QUALITY_COLUMNS = (
    *("accuracy_px", "accuracy_deg", "rms_s2s_px", "std_px", "bcea_px2"),
    *("data_loss", "effective_hz", "nominal_hz", "of"),
)
METHODS = (
    ("fixation", "Found by Sightline's detector, in units of the person's own noise, or taken from the recording if it "
     "has them. A fixation that began before the onset counts from the onset."),
    ("hit", "A fixation hits each area that contains its centre. If none does, it hits the area in which it most "
     "probably was, if that is at least half as probable as for a gaze at the middle of that area."),
    ("time of an area", "An area with a time counts only then, measured from the onset of the stimulus; an area that a "
     "page reported counts while it was there. Only fixations in this time count, as far as they lie in it. The time "
     "to the first fixation begins with it, and shares are of the fixation time in it."),
    ("certainty", "The probability, with the recording's own error (a normal distribution), that the fixations counted "
     "were in the area; mean weighted by duration."),
    ("visit, dwell", "Successive fixations on the area, with no other fixation and no gap above 500 ms; from the start "
     "of the first to the end of the last."),
    ("interval", "95 %, Student's t over people; recordings of one person are averaged first. Of the share of people "
     "who looked: Wilson's."),
    ("heat map", "Each fixation adds its duration, times a normal curve of the distance. The curve is as wide as the "
     "recording's error, so the map shows no detail that the data can't have."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """One stimulus: its analysis, and its figures as (title, SVG)."""

    found: Analysis
    figures: Sequence[tuple[str, str]]

    @property
    def name(self) -> str:
        return self.found.request.stimulus or "Whole screen"


def report(sections: Sequence[Section], lines: Sequence[tuple[str, Timeline]], made: str) -> str:
    """The HTML. lines: title and time line of each recording. made: when, for people."""
    body = [
        "<h1>What was looked at</h1>",
        f'<p class="quiet">{_recordings(len(lines))}, analysed by Sightline {__version__} on {escape(made)}.</p>',
    ]
    if len(sections) > 1:
        links = "".join(f'<li><a href="#s{n}">{escape(s.name)}</a></li>' for n, s in enumerate(sections))
        body.append(f"<nav><ul>{links}</ul></nav>")
    for place, section in enumerate(sections):
        body += _section(place, section)
    body += _areas(areas_of(section.found for section in sections))
    body += _quality(lines)
    words = [[f"<strong>{escape(word)}</strong>", escape(meaning)] for word, meaning in METHODS]
    body.append("<h2>How it is measured</h2>")
    body.append(_table((), words, css="words", escaped=True))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>What was looked at</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def _recordings(n: int) -> str:
    return "1 recording" if n == 1 else f"{n} recordings"


def _section(place: int, section: Section) -> Iterator[str]:
    found = section.found
    yield f'<h2 id="s{place}">{escape(section.name)}</h2><p>{escape(about_data(found))}</p>'
    if found.cautions:
        items = "".join(f"<li>{escape(caution.text)}</li>" for caution in found.cautions)
        yield f'<div class="note"><ul>{items}</ul></div>'
    figures = "".join(_figure(title, svg) for title, svg in section.figures)
    yield f'<div class="figures">{figures}</div>'
    if not found.names:
        return
    yield "<h3>Areas: mean over people [95 % interval]</h3>"
    rows = [
        [
            with_span(found, name),
            *(estimate(found.groups[name][metric], kind) for metric, (_, kind) in METRIC_WORDS.items()),
        ]
        for name in found.names
    ]
    yield _table(("area", *(words for words, _ in METRIC_WORDS.values())), rows)
    yield "<h3>Areas: each recording</h3>"
    rows = [
        [
            person.subject.title,
            with_span(found, name),
            *(number(getattr(metrics, m), kind) for m, (_, kind) in METRIC_WORDS.items()),
        ]
        for person in found.people
        for name, metrics in person.metrics.items()
    ]
    yield _table(
        ("recording", "area", *(words.replace("people who ", "") for words, _ in METRIC_WORDS.values())),
        rows,
        css="pairs",
    )
    yield "<h3>Transitions: moves from the area of the row to that of the column</h3>"
    yield _table(
        ("", *found.columns), [[n, *row] for n, row in zip(found.columns, found.transitions.tolist(), strict=True)]
    )
    yield "<h3>Sequences</h3>"
    yield _table((), [[p.subject.title, " → ".join(p.sequence) or "–"] for p in found.people], css="words")


def _areas(areas: AreasFile) -> Iterator[str]:
    """The areas as a file inside the page."""
    if areas.empty:
        return
    href = f"data:application/json;base64,{base64.b64encode(areas.text().encode()).decode()}"
    yield (
        f'<h2>Areas as a file</h2><p><a download="areas.json" href="{href}">areas.json</a> has the areas above. '
        "The lab opens it, and <code>sightline analyse --areas areas.json</code> and <code>sightline export --areas "
        "areas.json</code> read it.</p>"
    )


def _quality(lines: Sequence[tuple[str, Timeline]]) -> Iterator[str]:
    """Data quality, ours and by ETDQualitizer where it is installed."""
    yield "<h2>Data quality</h2>"
    header = (
        "recording",
        "length",
        "accuracy px",
        "deg",
        "RMS-S2S px",
        "STD px",
        "BCEA px²",
        "lost",
        "frames/s",
        "fixations",
    )
    rows, theirs = [], []
    for title, line in lines:
        quality = line.quality
        figures = [quality.rms_s2s_px, quality.std_px, quality.bcea_px2]
        accuracy = None if line.accuracy is None else f"{line.accuracy.px:.1f} ({line.accuracy.kind})"
        rows.append(
            [title, seconds(line.duration_ms), accuracy or "–", _figure_text(quality.accuracy_deg)]
            + [_figure_text(value) for value in figures]
            + [number(quality.data_loss, "share"), _figure_text(quality.effective_hz), len(line.fixations)]
        )
        if (found := referee_figures(line)) is not None:
            theirs.append([title, *(_figure_text(value) for value in found.values())])
    yield _table(header, rows)
    yield (
        '<p class="quiet">Precision (RMS-S2S, STD, BCEA of 68 %): mean over the targets of a validation, or else over '
        "fixations, which are still by definition, so it is a lower bound. Frames/s: with a point.</p>"
    )
    if theirs:
        yield "<h3>The same by an independent program, ETDQualitizer</h3>"
        yield _table(("recording", *PRECISION, "lost %", "frames/s"), theirs)
    problems = [(title, problem) for title, line in lines for problem in line.problems]
    if problems:
        items = "".join(f"<li>{escape(title)}: {escape(problem)}</li>" for title, problem in problems[:50])
        yield f'<h3>What is missing</h3><div class="note"><ul>{items}</ul></div>'


def _figure(title: str, svg: str) -> str:
    href = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
    return f'<figure><img src="{href}" alt="{escape(title)}"></figure>'


def _table(header: Sequence[object], rows: Sequence[Sequence[object]], *, css: str = "", escaped: bool = False) -> str:
    def cells(row: Sequence[object], tag: str) -> str:
        return "".join(f"<{tag}>{cell if escaped else escape(str(cell))}</{tag}>" for cell in row)

    head = f"<thead><tr>{cells(header, 'th')}</tr></thead>" if header else ""
    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f'<div class="table"><table class="{css}">{head}<tbody>{body}</tbody></table></div>'


def _figure_text(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}" if value < 1000.0 else f"{value:.0f}"


def quality_rows(lines: Sequence[tuple[str, Timeline]]) -> list[Mapping[str, object]]:
    """The figures of data quality as rows of a table."""
    return [
        {"recording": line.name, "title": title, **{name: getattr(line.quality, name) for name in QUALITY_COLUMNS}}
        for title, line in lines
    ]
