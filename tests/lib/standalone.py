"""A mongod that belongs to no replica set, as it must not be."""

from boxsite.stores import Mongod


class Standalone(Mongod):
    def command(self):
        words = super().command()
        at = words.index("--replSet")
        return words[:at] + words[at + 2:]

    def ready(self):
        return self.is_primary(500)  # a stand-alone server says so of itself

    def _keep_address(self):
        pass
