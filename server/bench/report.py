"""The table and the plot of the bench's rounds."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from calibration.bench.statistics import table_head, table_row
from server.bench.rounds import Round
from server.settings import user_data_folder

COLUMNS = (
    "frames", "sessions", "CPU ms/frame", "main process", "plain loop", "gain", "core", "gaze/s each",
    "p50", "p95", "p99", "RSS MB", "PSS MB", "for each further one",
)  # fmt: skip


def head() -> str:
    """The first two lines of the table."""
    return table_head(COLUMNS)


def row(done: Round, one: Round | None) -> str:
    """A row of the table. one: the round with one session of the same frames, to compare the memory with."""
    plan, plain = done.plan, done.plain_cpu_ms
    further_mb = None
    if one is not None and plan.sessions > 1:
        further_mb = (_memory_mb(done) - _memory_mb(one)) / (plan.sessions - one.plan.sessions)
    return table_row(
        [
            f"{plan.mode}, {plan.size}",
            str(plan.sessions),
            f"**{done.cpu_ms:.1f}**",
            f"{done.main_cpu_ms:.1f}",
            "-" if plain is None else f"{plain:.1f}",
            "-" if plain is None else f"{plain / done.cpu_ms:.1f}",
            f"{100 * done.cpu_share:.0f} %",
            f"{min(done.gaze_per_s):.1f}",
            *(f"{done.latency_ms(percent):.0f}" for percent in (50, 95, 99)),
            f"{done.end.rss_mb:.0f}",
            "-" if done.end.pss_mb is None else f"{done.end.pss_mb:.0f}",
            "-" if further_mb is None else f"{further_mb:.0f} MB",
        ]
    )


def _memory_mb(done: Round) -> float:
    return done.end.rss_mb if done.end.pss_mb is None else done.end.pss_mb


def statuses(rounds: Sequence[Round]) -> str:
    """How many frames had which status."""
    counted: Counter[str] = Counter()
    for done in rounds:
        counted.update(done.statuses)
    return ", ".join(f"{status} {count}" for status, count in counted.most_common())


def save_plot(rounds: Sequence[Round], path: Path) -> None:
    """CPU time of a frame, latency, and gaze a second, over the number of sessions. Raises OSError."""
    # Matplotlib writes a list of the machine's fonts. We write files only into our data folder.
    os.environ.setdefault("MPLCONFIGDIR", str(user_data_folder() / "matplotlib"))
    # Imported here, because only --plot needs it. Without pyplot there is no display and no global state.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13.0, 4.2), dpi=110, layout="constrained")
    cpu, latency, rate = figure.subplots(1, 3)
    for name in dict.fromkeys((done.plan.mode, done.plan.size) for done in rounds):
        of = sorted(
            (done for done in rounds if (done.plan.mode, done.plan.size) == name), key=lambda r: r.plan.sessions
        )
        sessions = [done.plan.sessions for done in of]
        label = f"{name[0]}, {name[1]}"
        (line,) = cpu.plot(sessions, [done.cpu_ms for done in of], marker="o", label=label)
        plain = [(done.plan.sessions, done.plain_cpu_ms) for done in of if done.plain_cpu_ms is not None]
        if plain and name[0] == "whole":
            cpu.plot(*zip(*plain, strict=True), linestyle="--", color=line.get_color(), label=f"plain loop, {name[1]}")
        latency.plot(sessions, [done.latency_ms(95) for done in of], marker="o", color=line.get_color(), label=label)
        rate.plot(sessions, [min(done.gaze_per_s) for done in of], marker="o", color=line.get_color(), label=label)
    for axes, title in (
        (cpu, "CPU time of a frame, ms"),
        (latency, "latency p95, ms"),
        (rate, "gaze/s for each session"),
    ):
        axes.set(
            title=title, xlabel="sessions", ylim=(0.0, None), xticks=sorted({done.plan.sessions for done in rounds})
        )
        axes.grid(alpha=0.3)
    cpu.legend(fontsize="small")
    figure.savefig(path)
