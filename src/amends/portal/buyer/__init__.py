"""The buyer's pages: their orders and cases, and asking for something to be put right."""
