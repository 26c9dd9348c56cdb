"""Every address of the seller's pages."""

from amends.portal.route import Address
from amends.portal.seller import answer, appeal, contest, deeds, inbox, money, performance, texts

ADDRESSES: tuple[Address, ...] = (
    *inbox.ADDRESSES,
    *answer.ADDRESSES,
    *contest.ADDRESSES,
    *money.ADDRESSES,
    *deeds.ADDRESSES,
    *appeal.ADDRESSES,
    *performance.ADDRESSES,
    *texts.ADDRESSES,
)
