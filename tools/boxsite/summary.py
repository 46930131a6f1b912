"""What `./dev up` ends with: a show to sell, and commands to copy."""

import json
import os

from .process import StartError


def show_to_sell(site):
    """The id of a show: the latest there is, or a new one."""
    listed = site.seed("list", "--json")
    if listed.returncode == 0:
        shows = json.loads(listed.stdout or "[]")
        shows = shows.get("shows", []) if isinstance(shows, dict) else shows
        if shows:
            return next(shows[-1][key] for key in ("showId", "id", "_id") if key in shows[-1])
    made = site.seed()
    if made.returncode:
        raise StartError(f"boxoffice-seed: exit {made.returncode}\n{made.stdout}{made.stderr}")
    return made.stdout.split()[-1]


def print_summary(site):
    show = show_to_sell(site)
    body = json.dumps({"showId": show, "seatNumber": ["S1", "S2"], "userId": "alice"}, separators=(",", ":"))
    post = f"curl -i -H 'Content-Type: application/json' -d '{body}' {site.base_url}"
    print(f"""
  page    {site.base_url}/   (open it in a browser: choose seats, hold, book)
  plain   {site.base_url}
  TLS     {site.tls_url}   (its certificate: {os.path.relpath(site.ca_file)})
  show    {show}

To copy:
  curl -i {site.base_url}/status/{show}
  curl -i {site.base_url}/summary/{show}
  {post}/hold
  {post}/confirm
  curl -i --cacert {os.path.relpath(site.ca_file)} {site.tls_url}/summary/{show}

More: ./dev status, ./dev logs, ./dev seed --help; ./dev down ends it.""")
