"""Histories: a load that logs every operation, and checkers that read the log and both stores afterwards."""
