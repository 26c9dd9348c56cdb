"""The verifier of case files: what `amends verify` runs, and what leaves the house as one file, `verify_case_file.py`.

Python 3.9 and `cryptography` are all it needs. The rooms are read in this order: `archive` (the one canonical zip),
`notes` (JSON, signed notes, keys), `bag` and `contents` (the checks), `report` (running them, and the command line);
`single` puts them into the one file. Nothing here imports anything of Amends but these rooms.
"""
