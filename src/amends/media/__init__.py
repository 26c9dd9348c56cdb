"""Files as evidence: what a file is, what of it may be shown, and whether a virus scanner knows it.

Pure of the store and of the doors. Nothing that a party sent is ever decoded in the server's own process: `kinds`
looks at first and last bytes only, `sandbox` hands the file to a process that can do nothing else.
"""
