"""Every address of the buyer's pages."""

from amends.portal.buyer import cases, orders, questions, sending
from amends.portal.route import Address

ADDRESSES: tuple[Address, ...] = (*cases.ADDRESSES, *orders.ADDRESSES, *questions.ADDRESSES, *sending.ADDRESSES)
