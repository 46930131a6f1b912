"""`./dev bench`: how near the box office is to the floor of its stack; see __main__.py and doc/performance.md."""
