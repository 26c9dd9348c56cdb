"""The law: what may be asked, what follows, by when, at whose cost, and on which clause. Pure.

No clock, randomness, input, output, environment or logging; standard library and msgspec only. Read in this order:
commands, events, case, evolve, moves (the table), then the chapters request, dispute, evidence, decision, settlement,
remedy, returns, recourse, appeal, enforcement; their consequences are deadlines, postings, notices.
"""
