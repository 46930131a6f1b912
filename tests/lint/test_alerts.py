"""Each alert is told in doc/operations.md, and its annotation leads there."""

import re

import yaml

from lib.tables import read

RULES = [rule for group in yaml.safe_load(read("prometheus/boxoffice.rules.yaml"))["groups"] for rule in group["rules"]]


def test_the_manual_tells_of_each_alert_and_of_no_other():
    section = re.search(r"^## Alerts\n(.*?)(?=^## )", read("doc/operations.md"), re.S | re.M).group(1)
    told = re.findall(r"^### (\w+)\n\n(?=\S)", section, re.M)
    assert told == [rule["alert"] for rule in RULES] and len(told) > 5


def test_each_alert_leads_to_its_heading():
    for rule in RULES:
        assert rule["annotations"]["runbook"] == f"operations.md#{rule['alert'].lower()}"


def test_what_the_manual_asks_prometheus_is_counted():
    """Queries of the section name families that the code has."""
    families = set(re.findall(r"^\| (`boxoffice_\w+`(?:, `boxoffice_\w+`)*) \|", read("doc/api.md"), re.M))
    known = set(re.findall(r"boxoffice_\w+", " ".join(families)))
    named = set(re.findall(r"\bboxoffice_\w+", read("doc/operations.md")))
    assert named and named <= known, named - known
