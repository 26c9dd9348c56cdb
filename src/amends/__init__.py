"""Amends: the after-sale dispute service of a marketplace.

This room holds the version and nothing else, so that importing any part of the house stays cheap.
"""

__version__ = "0.1.0"
