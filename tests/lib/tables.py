"""The tables of the code and of the documents, read."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def read(path):
    return (ROOT / path).read_text()


def table(path, header):
    """Rows of the first table whose header begins so; a cell without its backticks."""
    lines = read(path).split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith(header))
    rows = []
    for line in lines[first + 2:]:
        if not line.startswith("|"):
            return rows
        rows.append([cell.strip().strip("`") for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return rows


def settings():
    """{name: (default, range, unit)} of config.def."""
    text = read("src/util/config.def")
    found = {name: (default, "", "") for name, default in
             re.findall(r'^BO_CONFIG_TEXT\("(\w+)", \w+, "([^"]*)"', text, re.M)}
    for name, default, least, most, unit in re.findall(
            r'^BO_CONFIG_INT\("(\w+)", \w+, (\d+), (\d+), (\d+), "(\w+)"', text, re.M):
        found[name] = (default, f"{least} to {most}", unit)
    assert len(found) == len(re.findall(r"^BO_CONFIG_", text, re.M)) > 5
    return found


def problems():
    """{code: (status, title)} of problem.def."""
    text = read("src/util/problem.def")
    rows = re.findall(r'^BO_PROBLEM\(\w+,\s*"(\w+)",\s*(\d+), "([^"]+)"', text, re.M)
    assert len(rows) == len(re.findall(r"^BO_PROBLEM\(", text, re.M)) > 20
    return {code: (status, title) for code, status, title in rows}


def problems_of_nginx():
    """{code: status} of what nginx says by itself."""
    text = read("nginx/boxoffice/problems.conf")
    codes = re.search(r"\$boxoffice_code \{(.*?)\n\}", text, re.S).group(1)
    return {code: status for status, code in re.findall(r"^\s+(\d{3}) (\w+);", codes, re.M)}
