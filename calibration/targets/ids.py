"""How targets are numbered. One number belongs to one kind of target, on the wire, in recordings and in fits.

0 ...        the targets of a pattern, or those of the client
900 ...      extra targets, where a fit is worst
1000         the moving target; in a fit, the cells of the screen that it crossed are numbered from here
1001         the target of the round with the head turned
2000 ...     in a fit, the directions of the turned head
"""

from __future__ import annotations

FIRST_EXTRA_ID = 900
PURSUIT_ID = 1000
HEAD_ID = 1001
FIRST_PURSUIT_CELL_ID = 1000
FIRST_HEAD_DIRECTION_ID = 2000
