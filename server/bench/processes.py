"""CPU time, memory and threads of a process and its descendants, as the operating system counts them."""

from __future__ import annotations

from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Usage:
    """Sums over a process and its descendants.

    pss_mb counts a page that n processes share as 1/n page in each; None where the system does not count it.
    """

    cpu_ms: float  # user and system time since the start, with the descendants that have ended
    own_cpu_ms: float  # of the process alone
    rss_mb: float
    pss_mb: float | None
    n_threads: int
    n_processes: int


def usage(pid: int) -> Usage | None:
    """The usage now; None if the process has ended."""
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return None
    found = [one for process in processes if (one := _of_one(process)) is not None]
    if not found:
        return None
    pss_mb = [one.pss_mb for one in found if one.pss_mb is not None]
    return Usage(
        cpu_ms=sum(one.cpu_ms for one in found),
        own_cpu_ms=found[0].own_cpu_ms,
        rss_mb=sum(one.rss_mb for one in found),
        pss_mb=sum(pss_mb) if len(pss_mb) == len(found) else None,
        n_threads=sum(one.n_threads for one in found),
        n_processes=len(found),
    )


def _of_one(process: psutil.Process) -> Usage | None:
    try:
        with process.oneshot():
            # Linux and macOS also count the children that have ended. A child that runs is not in these numbers.
            user_s, system_s, children_user_s, children_system_s = process.cpu_times()[:4]
            return Usage(
                cpu_ms=1000.0 * (user_s + system_s + children_user_s + children_system_s),
                own_cpu_ms=1000.0 * (user_s + system_s),
                rss_mb=process.memory_info().rss / 1e6,
                pss_mb=_pss_mb(process),
                n_threads=process.num_threads(),
                n_processes=1,
            )
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return None


def _pss_mb(process: psutil.Process) -> float | None:
    try:
        pss = getattr(process.memory_full_info(), "pss", None)
    except psutil.AccessDenied:
        return None
    return None if pss is None else pss / 1e6
