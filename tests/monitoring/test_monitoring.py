"""A real Prometheus: it understands /metrics, the alerts fire when they should, and each query of the rules and of the
dashboard finds what it asks for."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import requests
import yaml
from boxsite.waiting import free_port

from lib.client import Client, new_user
from lib.shows import Records
from lib.tables import table
from lib.waiting import wait_until

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parents[1] / "prometheus"
RULES = yaml.safe_load((FOLDER / "boxoffice.rules.yaml").read_text())
DASHBOARD = json.loads((FOLDER / "grafana-dashboard.json").read_text())
PANELS = [(panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"]]
ALERTS = [(rule["alert"], rule["expr"]) for group in RULES["groups"] for rule in group["rules"]]


def promtool(*words, stdin=None):
    done = subprocess.run(["promtool", *map(str, words)], input=stdin, capture_output=True, text=True, check=False,
                          cwd=HERE)
    assert done.returncode == 0, done.stdout + done.stderr


class Prometheus:
    """One that scrapes the site each second, with the rules that are shipped but for their patience."""

    def __init__(self, site, folder):
        self.url = f"http://127.0.0.1:{free_port()}"
        rules = (FOLDER / "boxoffice.rules.yaml").read_text()
        (folder / "rules.yaml").write_text(re.sub(r"^( +for:) .*$", r"\1 0s", rules, flags=re.M))
        job = {"job_name": "boxoffice", "scrape_interval": "1s", "static_configs": [{"targets": [site.base_url[7:]]}]}
        (folder / "prometheus.yml").write_text(json.dumps({
            "global": {"evaluation_interval": "1s"}, "rule_files": ["rules.yaml"], "scrape_configs": [job]}))
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address={self.url[7:]}"], stdout=open(folder / "log", "wb"), stderr=subprocess.STDOUT)

    def query(self, text):
        answer = requests.get(self.url + "/api/v1/query", params={"query": text}, timeout=10).json()
        assert answer["status"] == "success", f"{text}: {answer}"
        return answer["data"]["result"]

    def firing(self):
        alerts = requests.get(self.url + "/api/v1/alerts", timeout=10).json()["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def ready(self):
        try:
            return requests.get(self.url + "/-/ready", timeout=2).status_code == 200
        except requests.RequestException:
            return False


@pytest.fixture(scope="module")
def prometheus(site, tmp_path_factory):
    server = Prometheus(site, tmp_path_factory.mktemp("prometheus"))
    try:
        wait_until(server.ready, 60, "Prometheus")
        yield server
    finally:
        server.process.terminate()
        server.process.wait(20)


@pytest.fixture(scope="module")
def busy(site, prometheus):
    """Each kind of request, again and again, until Prometheus has seen them grow."""
    client, records = Client(site), Records(site)
    show = records.show(seats=1000)
    seats = iter(range(1, 1000))

    def all_kinds():
        user, seat = new_user(), f"S{next(seats)}"
        client.must_hold(show, seat, user)
        assert client.hold(show, seat, new_user()).status_code == 409
        client.must_confirm(show, seat, user)
        batch = [f"S{next(seats)}", f"S{next(seats)}"]
        client.must_hold(show, batch, user)
        client.must_confirm(show, batch, user)
        assert client.confirm(show, batch, new_user()).status_code in (403, 409)
        client.status(show)
        client.summary(show)
        return len(prometheus.query("rate(boxoffice_requests_total[10s]) > 0")) > 4
    wait_until(all_kinds, 60, "rates in Prometheus", interval=0.3)
    records.close()
    return prometheus


def test_promtool_finds_nothing_wrong(site):
    promtool("check", "rules", FOLDER / "boxoffice.rules.yaml")
    promtool("check", "metrics", stdin=Client(site).get("/metrics").text)


def test_alerts_fire_when_they_should():
    promtool("test", "rules", HERE / "rules_test.yaml")
    told = (HERE / "rules_test.yaml").read_text()
    assert all(told.count(name) == 2 for name, _ in ALERTS), "each alert: not on a good day, and on a bad one"


@pytest.mark.parametrize("title, expression", PANELS, ids=lambda value: value[:40])
def test_each_panel_shows_something(busy, title, expression):
    assert busy.query(expression.replace("$__rate_interval", "30s")), title


@pytest.mark.parametrize("expression", [
    query.replace("\\|", "|") for _, where in table("doc/api.md", "| what is asked for ") for query in re.findall(r"`?(boxoffice_[^`]+)`?", where)])
def test_each_query_of_the_documents_finds_something(busy, expression):
    assert busy.query(expression)


@pytest.mark.parametrize("name, expression", ALERTS, ids=lambda value: value[:40])
def test_each_alert_asks_for_what_is_there(busy, name, expression):
    """Without its threshold: a misspelt name would be silent for ever."""
    for part in re.findall(r"(?:boxoffice_\w+|up)\{?[^}\s\[]*\}?", expression):
        bare = re.sub(r"\{.*", "", part)
        assert busy.query(bare), f"{name}: {bare}"


def test_a_store_that_is_down_is_told(site, busy):
    client = Client(site)
    records = Records(site)
    show = records.show()
    records.close()
    assert "BoxofficeStoreUnavailable" not in busy.firing()
    site.redis.stop()

    def told():
        client.status(show)
        return "BoxofficeStoreUnavailable" in busy.firing()
    wait_until(told, 60, "the alert", interval=0.3)
    site.redis.start()
