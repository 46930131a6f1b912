"""A whole box office on this machine: Redis, MongoDB, workers and nginx, below one run directory.

`./dev up` and the tests use the same class; see Site.
"""

from .process import StartError
from .site import Site

__all__ = ["Site", "StartError"]
