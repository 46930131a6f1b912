"""Histories: a load that logs every operation, and checkers that read the log and both stores afterwards.

A seller's limits, the time of a sale and blocked seats are not in these loads: tests/race/ and tests/api/ alone test them."""
