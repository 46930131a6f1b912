"""boxoffice-feed: what Redis publishes, to nginx's nchan."""

from .process import Process


class Feed(Process):
    name = "feed"

    def __init__(self, run_dir, tied, program, settings):
        super().__init__(run_dir, tied)
        self.program = program
        self.settings = settings  # environment variables, as a function
        self._log_at = 0

    def command(self):
        self._log_at = len(self.log())
        return [self.program]

    def new_log(self):
        """Since the last start."""
        return self.log()[self._log_at:]

    def environment(self):
        return {**super().environment(), **self.settings()}

    def ready(self):
        """It runs; Redis and nginx it waits for by itself."""
        return "the feed is ready" in self.new_log()
