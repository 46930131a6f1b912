"""Asks two programs for the seat map and the counts of each show, and tells where they differ: the dry run of a migration.

What the first program answers must be in the second one's answer; what the second adds is passed over, and so are texts for
people (message). While both sell, one may have sold a moment later than the other: what differs is asked again.
"""

import argparse
import http.client
import json
import re
import sys
import time
import urllib.error
import urllib.request

ALIKE, DIFFERENT, NO_ANSWER = 0, 1, 2
COUNTS = ("movieTitle", "totalSeats", "bookedCount", "heldCount", "availableCount")
ANSWER_MAX = 64 * 1024 * 1024


class NoAnswer(Exception):
    pass


def ask(base, path, seconds):
    """(status, JSON value or None) of a GET."""
    try:
        with urllib.request.urlopen(base.rstrip("/") + path, timeout=seconds) as answer:
            status, text = answer.status, answer.read(ANSWER_MAX)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NoAnswer(f"{base}{path}: {getattr(error, 'reason', error)}") from error
    try:
        return status, json.loads(text)
    except ValueError as error:
        raise NoAnswer(f"{base}{path}: no JSON") from error


def facts(base, show, seconds):
    """{name: value} of all that both programs must say alike; a show that cannot be had is told by its HTTP statuses."""
    found = {}
    map_status, seat_map = ask(base, f"/status/{show}", seconds)
    summary_status, summary = ask(base, f"/summary/{show}", seconds)
    found["HTTP status of the map"], found["HTTP status of the counts"] = map_status, summary_status
    if map_status == summary_status == 200:
        try:
            found["showTitle"] = seat_map["showTitle"]
            found["seats, in their order"] = len(seat_map["seats"])
            for place, seat in enumerate(seat_map["seats"], 1):
                found[f"seat {seat['seatNumber']}"] = seat["status"]
                found[f"place {place}"] = seat["seatNumber"]
            found |= {name: summary[name] for name in COUNTS}
        except (KeyError, TypeError) as error:
            raise NoAnswer(f"{base}: the answers for {show} lack {error}") from error
    return found


def differences(old, new):
    """Lines of text. A later 503 of one alone is a difference, too."""
    return [f"{name}: {old.get(name, 'nothing')} at the first, {new.get(name, 'nothing')} at the second"
            for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]


def compare(show, options):
    """(facts of the first, differences that stay)."""
    for tried in range(options.tries):
        if tried:
            time.sleep(options.pause)
        old, new = (facts(base, show, options.timeout) for base in (options.first, options.second))
        found = differences(old, new)
        if not found:
            break
    return old, found


def told(show, old, found, most):
    name = f"{show} {old.get('showTitle', '')}".rstrip()
    if not found and "showTitle" in old:
        return f"same    {name}: {old['totalSeats']} seats, {old['bookedCount']} booked, {old['heldCount']} held"
    if not found:
        return f"same    {name}: both answer {old['HTTP status of the map']}"
    lines = [f"DIFFERS {name}: in {len(found)} points", *(f"          {line}" for line in found[:most])]
    return "\n".join([*lines, *([f"          and {len(found) - most} more"] if len(found) > most else [])])


def showid(text):
    if not re.fullmatch(r"[0-9a-fA-F]{24}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no show's id (24 hex digits)")
    return text.lower()


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, epilog=(
        "exit status: 0 all shows are the same, 1 some differ, 2 a program did not answer, 64 usage\n"
        "example: boxoffice-seed list --json | jq -r '.[].showId' | python3 compare_programs.py "
        "http://127.0.0.1:3000/api/bookings "
        "http://127.0.0.1:8080"))
    parser.error = lambda message: (parser.print_usage(sys.stderr), print(message, file=sys.stderr), sys.exit(64))
    parser.add_argument("first", help="the address of the program that is there, as far as /status")
    parser.add_argument("second", help="that of the new one")
    parser.add_argument("shows", nargs="*", type=showid, help="ids of shows; without any: from standard input, one a line")
    parser.add_argument("--tries", type=int, default=5, help="how often what differs is asked (default: %(default)s)")
    parser.add_argument("--pause", type=float, default=1, help="seconds between these (%(default)s)")
    parser.add_argument("--timeout", type=float, default=10, help="seconds that an answer may take (%(default)s)")
    parser.add_argument("--most", type=int, default=10, help="differences of one show that are told (%(default)s)")
    options = parser.parse_args()
    if options.tries < 1 or options.pause < 0 or options.timeout <= 0 or options.most < 1:
        parser.error("tries and most are 1 or more, pause 0 or more, timeout more than 0")
    if not options.shows:
        try:
            options.shows = [showid(line.strip()) for line in sys.stdin if line.strip()]
        except argparse.ArgumentTypeError as error:
            parser.error(str(error))
    return options


def main():
    options, worst, differ = parse(), ALIKE, 0
    for show in options.shows:
        try:
            old, found = compare(show, options)
        except NoAnswer as error:
            print(f"FAILED  {show}: {error}", flush=True)
            worst = NO_ANSWER
            continue
        differ += bool(found)
        print(told(show, old, found, options.most), flush=True)
    print(f"{len(options.shows)} shows compared: {differ} differ")
    return worst or (DIFFERENT if differ else ALIKE)


if __name__ == "__main__":
    sys.exit(main())
