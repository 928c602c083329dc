"""The figures of data quality by ETDQualitizer (Niehorster), an independent program, where it is installed.

It comes with the extra `sightline-gaze[lab]`. It gets the same samples of the same targets or fixations.
"""

from __future__ import annotations

import numpy as np

from server.analysis.quality import MIN_SAMPLES, still_groups
from server.analysis.timeline import Timeline, fixation_of


def referee_figures(line: Timeline) -> dict[str, float] | None:
    """RMS-S2S, STD (px), BCEA (px^2), data loss (%), frames with a point a second. None where it can't measure."""
    try:
        import ETDQualitizer as Referee
    except ImportError:
        return None
    samples = line.samples
    group, _ = still_groups(samples, fixation_of(samples.time_ms, line.fixations))
    x_px, y_px = samples.x * line.screen.width_px, samples.y * line.screen.height_px
    known = (group >= 0) & samples.valid
    order = np.argsort(group[known], kind="stable")
    numbers, x_px, y_px = group[known][order], x_px[known][order], y_px[known][order]
    pieces = np.flatnonzero(np.diff(numbers)) + 1
    with np.errstate(invalid="ignore", divide="ignore"):  # of points without any scatter
        figures = [
            (Referee.rms_s2s(x, y)[0], Referee.std(x, y)[0], Referee.bcea(x, y)[0])
            for x, y in zip(np.split(x_px, pieces), np.split(y_px, pieces), strict=True)
            if len(x) >= MIN_SAMPLES
        ]
    if not figures or len(samples) < 2:
        return None
    rms, std, bcea = np.nan_to_num(np.mean(figures, axis=0)).tolist()
    duration_s = line.duration_ms / 1000.0 * len(samples) / (len(samples) - 1)
    return {
        "rms_s2s_px": rms,
        "std_px": std,
        "bcea_px2": bcea,
        "data_loss_percent": float(Referee.data_loss_from_invalid(samples.x, samples.y)),
        "effective_hz": float(Referee.effective_frequency(samples.x, samples.y, duration_s)),
    }
