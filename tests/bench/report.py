"""The table, for people and for programs."""

import csv
import json
import os
import platform
import re
import subprocess
from pathlib import Path

ROW = "{:<46} {:>10} {:>8} {:>8} {:>8} {:>6} {:>10} {:>6} {:>13} {:>5}  {}"
CHECK = "{:<46} {:<68} {:<22} {}"


def machine():
    text = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", text, re.M)
    return {"cores": os.cpu_count(), "processor": model.group(1) if model else platform.machine(),
            "kernel": platform.release(), "load": [round(load, 2) for load in os.getloadavg()]}


def versions(site):
    """Of the servers, as they tell it themselves."""
    found = {}
    for name, command in (("nginx", ["nginx", "-v"]), ("wrk", ["wrk", "-v"])):
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=site.workers.environment())
        found[name] = (re.search(r"[\d]+\.[\d.]+", done.stdout + done.stderr) or [""])[0]
    with site.mongod.client() as client:
        found["mongod"] = client.server_info()["version"]
    found["redis"] = site.redis.client().info("server")["redis_version"]
    return found


def print_head(made, plan, workers):
    versions_text = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    print(f"{made['cores']} cores, {made['processor']}, Linux {made['kernel']}, load {made['load'][0]} at the start\n"
          f"{versions_text}, {workers} workers; {plan.slices} slices of {plan.seconds} s a row\n")


def print_row_head():
    print(ROW.format("row", "a second", "p50 ms", "p99 ms", "p99.9", "errors", "floor", "ratio", "95 % interval", "bar",
                     ""))


def print_row(result):
    made = result.figures()
    scale, mark = (1e6, " MB") if result.unit == "bytes/s" else (1, "")
    low_high = "{:.3f}-{:.3f}".format(*made["interval"]) if made["interval"] else ""
    times = ["{:.2f}".format(made[name]) if made[name] is not None else "" for name in ("p50_ms", "p99_ms", "p99_9_ms")]
    print(ROW.format(result.name, f"{made['median'] / scale:,.0f}{mark}", *times, sum(result.errors.values()),
                     f"{made['floor_median'] / scale:,.0f}{mark}", f"{made['ratio']:.3f}", low_high,
                     f"{result.bar:.2f}", result.verdict), flush=True)
    print_errors(result)


def print_check(check):
    print(CHECK.format(check.name, check.found, check.bar, check.verdict), flush=True)
    print_errors(check)


def print_errors(found):
    for reason, times in sorted(found.errors.items()):
        print(f"    {times:,} x {reason}", flush=True)


def write_json(path, made, results, checks):
    text = json.dumps({"machine": made, "rows": [result.figures() for result in results],
                       "checks": [vars(check) for check in checks]}, indent=1)
    Path(path).write_text(text + "\n")


def write_csv(path, results):
    """One line a slice."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(["row", "unit", "slice", "value", "floor", "ratio"])
        for result in results:
            for number, value in enumerate(zip(result.values, result.floors, result.ratios)):
                lines.writerow([result.name, result.unit, number, *value])
