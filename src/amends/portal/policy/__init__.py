"""The policies as people read them: editions, what rests on each clause, two of them compared, the case book."""
