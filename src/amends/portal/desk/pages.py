"""Every address of the desk, in one list."""

from amends.portal.desk import asking, bench, deciding, live, originals, precedents, queue, ways
from amends.portal.route import Address

ADDRESSES: tuple[Address, ...] = (
    *queue.ADDRESSES,
    *ways.ADDRESSES,
    *live.ADDRESSES,
    *originals.ADDRESSES,
    *bench.ADDRESSES,
    *deciding.ADDRESSES,
    *precedents.ADDRESSES,
    *asking.ADDRESSES,
)
