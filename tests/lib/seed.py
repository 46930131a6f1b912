"""boxoffice-seed, run as an operator runs it."""

import subprocess

DONE, FAILED, USAGE, UNREACHABLE, MISCONFIGURED, PARTLY = range(6)


class Seed:
    """The program against one database."""

    def __init__(self, site, mongo_uri, mongo_db):
        self.program = site.build_dir / "boxoffice-seed"
        # A driver that was killed under the same process id has left a file, of which the next one complains.
        self.environment = {**site.workers.environment(), "MONGO_URI": mongo_uri, "MONGO_DB": mongo_db,
                            "MONGOC_DISABLE_SHM": "1"}

    def run(self, *words, **env):
        """However it ends."""
        return subprocess.run([self.program, *map(str, words)], env={**self.environment, **env}, capture_output=True,
                              text=True, check=False, timeout=60, stdin=subprocess.DEVNULL)

    def __call__(self, *words, code=DONE, **env):
        """Its output; where it is to fail, what it complains of."""
        out, error = self.both(*words, code=code, **env)
        return out if code == DONE else error

    def both(self, *words, code=DONE, **env):
        """Standard output, and standard error."""
        done = self.run(*words, **env)
        assert done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout, done.stderr
