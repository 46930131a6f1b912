"""The two logs of a site: what its workers say, and nginx's access log. Each line is JSON, or reading it fails."""

import json
import re

from .waiting import wait_until

PRIORITIES = {"error": 3, "warning": 4, "notice": 5, "info": 6, "debug": 7}


def parse(line):
    """A line of a worker: journald's priority, and JSON that says the same."""
    priority, text = re.fullmatch(r"<([3-7])>(\{.*\})", line).groups()
    found = json.loads(text)
    assert PRIORITIES[found["level"]] == int(priority), line
    return found


def lines_of(site, request_id):
    """What workers have said of this request so far."""
    return [parse(line) for line in site.log("workers").splitlines() if request_id in line]


def whole_story(site, request_id):
    """The same when its last line is there: a worker logs a request after it has answered."""
    def lines():
        found = lines_of(site, request_id)
        return found if any(line["msg"] == "request" for line in found) else []
    return wait_until(lines, 5, f"the last line of {request_id}")


def access_line(site, request_id):
    """Of nginx, which buffers it for a moment."""
    log = site.run_dir / "nginx" / "access.log"
    return json.loads(wait_until(lambda: [line for line in log.read_text().splitlines() if request_id in line], 5,
                                 f"the line of {request_id} in the access log")[0])
