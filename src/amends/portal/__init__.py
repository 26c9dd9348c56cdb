"""The portals: pages for buyers, sellers, adjudicators and operators, complete without JavaScript.

A door like `api/`: it translates a browser's request into the same questions and commands, and the answers into pages.
Nothing is decided here and no SQL is written here.
"""
