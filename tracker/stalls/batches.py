"""Work in batches, in which one bad item never blocks the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final, TypeVar

import structlog

logger = structlog.get_logger(__name__)

# Small enough that a person's act does not wait for the locks of a batch, large enough that a thousand take seconds.
BATCH: Final = 500

Item = TypeVar("Item")


def in_batches(
    items: Sequence[Item],
    work: Callable[[Sequence[Item]], int],
    put_aside: Callable[[Item], None] | None = None,
    *,
    end: float = float("inf"),
) -> int:
    """Do `work` on batch after batch and sum up what it returns. A batch that fails is done again item by item.

    An item that fails alone is put aside first and logged then, so that not even the log can keep it in front. No batch
    is begun after `end` (of the monotonic clock); the next sweep finds what is left.
    """
    done = 0
    for start in range(0, len(items), BATCH):
        if monotonic() > end:
            break
        batch = items[start : start + BATCH]
        try:
            done += work(batch)
        except Exception:
            logger.warning("batch_failed", size=len(batch), exc_info=True)
            done += sum(_alone(item, work, put_aside) for item in batch)
    return done


def _alone(item: Item, work: Callable[[Sequence[Item]], int], put_aside: Callable[[Item], None] | None) -> int:
    try:
        return work([item])
    except Exception:
        if put_aside is not None:
            put_aside(item)
        logger.exception("item_failed", item=str(item))
        return 0
