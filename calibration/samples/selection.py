"""The selection of frames: settle time, blinks and outliers are dropped, then each target gets one robust mean.

1. Settle time: the eyes need up to 0.7 s to reach a new target, so each visit (consecutive frames of one target) loses
   its first 0.7 s. A target that would lose all frames keeps the later half of each visit. It keeps all of a visit that
   is too short for the eyes to start: some recordings have only one or two frames for each target, taken when the eyes
   were on it.
2. Blinks: frames with shut eyes, compared with the person's median, and 100 ms around them are dropped. A target that
   would lose all frames keeps the neighbours of the shut frames. Below the screen's middle, eyelids are lowered: a
   target with only half-shut eyes keeps all frames except the nearly shut ones.
3. Outliers: frames far from their target's median, in units of the median distance (median/MAD), are dropped. So are
   frames in which a usual block is missing, not finite, or of another length.
4. The mean of the remaining frames. All targets have equal weight, with any number of frames.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np

from calibration.arrays import FloatArray, Mask, robust_sd
from calibration.samples.sample import Blocks, CalibrationSample, usual_blocks, usual_shapes

SETTLE_MS = 700.0
BRIEF_MS = 150.0  # the eyes start later than this, so no recording has only such frames
BLINK_MARGIN_MS = 100.0  # eyelids also move before and after a frame in which they are shut
BLINK_FRACTION = 0.5  # of the person's median openness; a gaze at the bottom edge lowers eyelids to about 0.7
LOW_TARGETS = 0.5  # screen units; with a gaze above the middle, eyelids are never half shut
BLINK_FRACTION_LOW = 0.35  # for targets with low eyelids only; a blink reaches 0.2 to 0.4
OUTLIER_SDS = 4.0
MIN_FRAMES_FOR_OUTLIERS = 5  # of a target; the median of fewer frames is too uncertain

TargetKey = tuple[int, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class TargetMean:
    """One target: its place in screen units and the mean features there, block name -> (D,) float32.

    frames: the frames of the mean, for the noise of single frames; empty if they were not kept. outliers: frames that
    are far from the mean and not part of it; later frames have such ones, too.
    """

    target_id: int
    target: tuple[float, float]
    blocks: Blocks
    n_used: int
    n_total: int
    frames: tuple[Blocks, ...] = ()
    outliers: tuple[Blocks, ...] = ()


@dataclass(frozen=True, slots=True)
class SelectedSamples:
    """One mean for each target, and counts of frames. lost_target_ids: targets without a usable sample. first_ms: when
    the first frame was captured."""

    means: tuple[TargetMean, ...]
    n_total: int = 0
    n_unsettled: int = 0
    n_blinks: int = 0
    n_outliers: int = 0
    lost_target_ids: tuple[int, ...] = field(default=())
    first_ms: float = 0.0


def select(samples: Sequence[CalibrationSample], settle_ms: float = SETTLE_MS) -> SelectedSamples:
    """Select samples, given in order of time from each target's arrival on. With too little data it does not raise: the
    counts give the reason."""
    keys: list[TargetKey] = [(sample.target_id, sample.target) for sample in samples]
    times = [sample.captured_ms for sample in samples]
    settled = settled_mask(keys, times, [sample.arrived_ms for sample in samples], settle_ms)
    shut, nearly_shut = blink_mask(samples), blink_mask(samples, BLINK_FRACTION_LOW)
    surely_shut = blink_mask(samples, margin_ms=0.0)
    shapes = usual_shapes(samples)
    means: list[TargetMean] = []
    lost: list[int] = []
    n_outliers = 0
    for key in dict.fromkeys(keys):  # in order of appearance
        mine = np.array([other == key for other in keys])
        mine_settled = mine & settled
        if not (mine_settled & ~shut).any():
            low = key[1][1] > LOW_TARGETS and not (mine_settled & ~surely_shut).any()
            shut = np.where(mine, nearly_shut if low else surely_shut, shut)
        candidates = [samples[i].blocks for i in np.flatnonzero(mine_settled & ~shut).tolist()]
        whole = [blocks for blocks in (usual_blocks(one, shapes) for one in candidates) if blocks is not None]
        inliers = inlier_mask(whole).tolist()
        kept = [blocks for blocks, inlier in zip(whole, inliers, strict=True) if inlier]
        outliers = tuple(blocks for blocks, inlier in zip(whole, inliers, strict=True) if not inlier)
        n_outliers += len(candidates) - len(kept)
        if not kept:
            lost.append(key[0])
            continue
        means.append(TargetMean(key[0], key[1], mean_blocks(kept), len(kept), int(mine.sum()), tuple(kept), outliers))
    return SelectedSamples(
        means=tuple(means),
        n_total=len(samples),
        n_unsettled=int((~settled).sum()),
        n_blinks=int((settled & shut).sum()),
        n_outliers=n_outliers,
        lost_target_ids=tuple(lost),
        first_ms=min(times, default=0.0),
    )


def has_settled(sample: CalibrationSample) -> bool:
    """Whether the eyes had time to reach the target; True if its arrival is unknown."""
    return sample.arrived_ms is None or sample.captured_ms - sample.arrived_ms >= SETTLE_MS


def settled_mask(
    keys: Sequence[Hashable],
    times_ms: Sequence[float],
    arrived_ms: Sequence[float | None] | None = None,
    settle_ms: float = SETTLE_MS,
) -> Mask:
    """(N,) bool: frames taken at least `settle_ms` after their target's arrival.

    keys: the target of each frame. Without an arrival time, the first frame of the visit is the arrival. A target that
    would lose all frames keeps the later half of each visit, and all of a visit that ends within BRIEF_MS of the
    arrival.
    """
    n = len(keys)
    visits = visits_of(keys, times_ms)
    settled = np.zeros(n, np.bool_)
    for start, end in visits:
        for i in range(start, end):
            given = arrived_ms[i] if arrived_ms is not None else None
            settled[i] = times_ms[i] - (times_ms[start] if given is None else given) >= settle_ms
    seen = {keys[i] for i in np.flatnonzero(settled).tolist()}
    for start, end in visits:
        if keys[start] not in seen:
            given = arrived_ms[start] if arrived_ms is not None else None
            whole = given in (None, times_ms[start]) and times_ms[end - 1] - times_ms[start] <= BRIEF_MS
            settled[start if whole else (start + end) // 2 : end] = True
    return settled


def visits_of(keys: Sequence[Hashable], times_ms: Sequence[float]) -> list[tuple[int, int]]:
    """(start, end) of each run of equal keys with increasing times; end is exclusive."""
    n = len(keys)
    starts = [i for i in range(n) if i == 0 or keys[i] != keys[i - 1] or times_ms[i] < times_ms[i - 1]]
    return list(itertools.pairwise([*starts, n]))


def blink_mask(
    samples: Sequence[CalibrationSample], fraction: float = BLINK_FRACTION, margin_ms: float = BLINK_MARGIN_MS
) -> Mask:
    """(N,) bool: frames marked as shut or with eyelids below this fraction of the median openness, and frames of the
    same target within `margin_ms` of them."""
    shut = np.array([not sample.eyes_open for sample in samples], np.bool_)
    openness = np.array([_openness(sample.blocks) for sample in samples])  # (N,), nan where unknown
    if np.isfinite(openness).any():
        with np.errstate(invalid="ignore"):  # nan < x is False: unknown is not shut
            shut |= openness < fraction * np.nanmedian(openness)
    near: Mask = shut.copy()
    for i in np.flatnonzero(shut).tolist():
        for j, sample in enumerate(samples):
            # Frames with the same time are not neighbours in a video: such recordings have no clock, or one frame
            # for each target.
            apart_ms = abs(sample.captured_ms - samples[i].captured_ms)
            near[j] |= 0.0 < apart_ms <= margin_ms and sample.target_id == samples[i].target_id
    return near


def _openness(blocks: Blocks) -> float:
    """Mean of both eyes; nan if the block is missing."""
    values = blocks.get("openness")
    return sum(values.tolist()) / len(values) if values is not None and len(values) else float("nan")


def inlier_mask(frames: Sequence[Blocks]) -> Mask:
    """(N,) bool for the frames of one target.

    In each block, d_i = |x_i - median(x)|; a frame is an outlier if d_i > median(d) + 4 robust_sd(d) and also
    more than twice median(d), so nearly equal frames are all kept. It drops at most half of the frames.
    """
    n = len(frames)
    if n < MIN_FRAMES_FOR_OUTLIERS or not frames[0]:
        return np.ones(n, np.bool_)
    stacks = [np.stack([frame[name] for frame in frames]).astype(np.float64) for name in frames[0]]  # (N, D) each
    distance = np.stack([np.linalg.norm(values - np.median(values, axis=0), axis=1) for values in stacks])  # (B, N)
    middle = np.median(distance, axis=1, keepdims=True)  # (B, 1)
    sd = robust_sd(np.abs(distance - middle), axis=1, keepdims=True)
    limit = np.maximum(middle + OUTLIER_SDS * sd, 2.0 * middle)
    worst = (distance / np.maximum(limit, 1e-9)).max(axis=0)  # (N,) distance over its limit, of the worst block
    mask: Mask = worst <= max(1.0, float(np.median(worst)))
    return mask


def usual_openness(means: Sequence[TargetMean]) -> tuple[float, float] | None:
    """The median openness of the left and the right eye over the targets; None if it was not measured."""
    found = [values for mean in means if (values := mean.blocks.get("openness")) is not None and values.shape == (2,)]
    if not found:
        return None
    left, right = np.median(found, axis=0).tolist()
    return left, right


def mean_blocks(frames: Sequence[Blocks]) -> dict[str, FloatArray]:
    """The mean of each block over frames, block name -> (D,) float32."""
    return {
        name: np.asarray(np.mean([frame[name] for frame in frames], axis=0, dtype=np.float64), np.float32)
        for name in frames[0]
    }
