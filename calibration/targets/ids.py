"""The numbers of targets. A number belongs to one kind of target on the wire, in recordings and in fits.

0 ...        the targets of a pattern, or those of the client
900 ...      extra targets, at places with a large error
1000         the moving target; in a fit, the first number of the cells of the screen that it crossed
1001         the target of the round with the turned head
2000 ...     in a fit, the directions of the turned head
"""

from __future__ import annotations

FIRST_EXTRA_ID = 900
PURSUIT_ID = 1000
HEAD_ID = 1001
FIRST_PURSUIT_CELL_ID = 1000
FIRST_HEAD_DIRECTION_ID = 2000


def is_turned_head(target_id: int) -> bool:
    """Whether a target of a fit is a direction of the turned head, not the straight one."""
    return target_id > FIRST_HEAD_DIRECTION_ID


def is_pursuit_cell(target_id: int) -> bool:
    """Whether a target of a fit is a cell of the screen that the moving target crossed."""
    return FIRST_PURSUIT_CELL_ID <= target_id < FIRST_HEAD_DIRECTION_ID
