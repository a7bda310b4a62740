"""Memory that was used before.

Memory that is new to a process costs a page fault every 4 KB: for the gradient of a deep, narrow network a good part
of the time. So a large gradient is written into one that was handed out earlier and that nobody holds any more. Each
thread has its own. Ablation: again.
"""

import sys
import threading

import numpy as np

KEEP = 2**24  # bytes that a thread may keep
WORTH = 2**16  # bytes; of less, the allocator hands out the same again by itself
_mine = threading.local()
_alone = [np.empty(0)]
ALONE = sys.getrefcount(_alone[0])  # the count of an array that nobody holds but a list


def unheld(like):
    """A vector like this one, of any content, to be given away: new, or given away before and let go by everybody.

    A view holds its array too, so what is reused cannot be seen from anywhere.
    """
    if like.nbytes < WORTH:
        return np.empty_like(like)
    pool = _mine.__dict__.setdefault("pool", [])
    for i in range(len(pool)):
        same = pool[i].shape == like.shape and pool[i].dtype == like.dtype and pool[i].flags.writeable
        if same and sys.getrefcount(pool[i]) == ALONE:
            return pool[i]
    new = np.empty_like(like)
    if sum(vector.nbytes for vector in pool) + new.nbytes > KEEP:
        pool.clear()
    if new.nbytes <= KEEP:
        pool.append(new)
    return new
