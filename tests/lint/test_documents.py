"""The documents say what the code says: settings, problems, paths, bounds, links."""

import re

import pytest
import yaml

from lib.tables import ROOT, problems, problems_of_nginx, read, settings, table

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("doc/*.md")])
TREE = ("src", "feed", "seed", "nginx", "stores", "systemd", "tests", "tools", "doc", "man", "completion")


def test_readme_has_every_setting():
    assert {row[0]: tuple(row[1:4]) for row in table("README.md", "| name | default ")} == settings()


def test_sample_environment_shows_the_defaults():
    shown = dict(re.findall(r"^# ([A-Z][A-Z_]+)=(.*)$", read("systemd/boxoffice.env"), re.M))
    known = settings()
    assert shown and set(shown) <= set(known), "a name that is no setting"
    assert shown == {name: known[name][0] for name in shown}
    assert {name for name in known if name.startswith("BOXOFFICE_")} == set(shown)


def test_readme_has_every_problem():
    assert {row[0]: tuple(row[1:3]) for row in table("README.md", "| code | status ")} == problems()


def test_api_document_has_every_problem():
    rows = table("doc/api.md", "| code | status ")
    assert {row[0]: row[1] for row in rows} == {code: status for code, (status, _) in problems().items()}


@pytest.fixture(scope="module")
def openapi():
    return yaml.safe_load(read("doc/openapi.yaml"))


def operations(openapi):
    return [(path, method, item[method]) for path, item in openapi["paths"].items() for method in item
            if method in ("get", "put", "post", "delete", "patch", "head", "options")]


def test_openapi_has_every_route(openapi):
    routes = re.findall(r'^\s+\{"\w+", "([^"]+)", BO_METHOD_(\w+), bo_api_\w+\},', read("src/api/routes.c"), re.M)
    of_nginx = {("/events/{id}", "get")}
    assert {(pattern, method.lower()) for pattern, method in routes} | of_nginx == \
        {(re.sub(r"\{\w+\}", "{id}", path), method) for path, method, _ in operations(openapi)}
    prefix = re.search(r'\.prefix = "([^"]+)"', read("src/api/routes.c")).group(1)
    assert [server["url"] for server in openapi["servers"]] == ["/", prefix]


def test_api_document_has_every_route(openapi):
    rows = table("doc/api.md", "| | path ")
    assert {(row[1], row[0].lower()) for row in rows} == {(path, method) for path, method, _ in operations(openapi)}


def test_openapi_has_every_problem(openapi):
    named = openapi["components"]["schemas"]["ProblemCode"]["enum"]
    assert len(named) == len(set(named))
    assert set(named) == set(problems()) | set(problems_of_nginx())


def codes_in(node):
    """Every code that a response's schema names."""
    if isinstance(node, list):
        return {code for item in node for code in codes_in(item)}
    if not isinstance(node, dict):
        return set()
    code = node.get("properties", {}).get("code", {})
    return set(code.get("enum", [])) | ({code["const"]} if "const" in code else set()) | codes_in(list(node.values()))


def test_openapi_gives_each_problem_its_status(openapi):
    known = {code: status for code, (status, _) in problems().items()}
    known |= {code: status for code, status in problems_of_nginx().items() if code not in known}
    seen = set()
    for path, method, operation in operations(openapi):
        for status, response in operation["responses"].items():
            if "$ref" in response:
                response = openapi["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
            for code in codes_in(response):
                assert known[code] == status, f"{method} {path}: {code}"
                seen.add(code)
    assert set(problems()) <= seen, "problems that no operation names"


def test_openapi_is_open_and_its_references_lead_somewhere(openapi):
    def walk(node):
        if isinstance(node, list):
            for item in node:
                walk(item)
        elif isinstance(node, dict):
            if node.get("type") == "object":
                assert node.get("additionalProperties") is True, node
            if "$ref" in node:
                target = openapi
                for part in node["$ref"].removeprefix("#/").split("/"):
                    target = target[part]
            walk(list(node.values()))
    walk(openapi)


def anchors(document):
    """Of its headings, as hosts of Markdown make them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.+)$", document.read_text(), re.M)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        assert target.exists() and target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_of_the_tree_are_there(document):
    for path in re.findall(r"`((?:%s)/[A-Za-z0-9_./-]*)`" % "|".join(TREE), document.read_text()):
        assert (ROOT / path).exists(), path


def value_of(name, path):
    """(number, unit) of a bound where the code has it."""
    text = read(path)
    if path.endswith(".h"):
        found = re.search(rf"^#define {name} (\w+)", text, re.M).group(1)
        return value_of(found, path) if found.startswith("BO_") else (
            int(found), "ms" if name.endswith("_MS") else "s" if name.endswith("_S") else "")
    return re.search(rf"^{name}[ =](\d+)([a-z]*);?$", text, re.M).groups()


def in_base_units(number, unit):
    return int(number) * {"": 1, "ms": 1, "s": 1000, "k": 1024, "KiB": 1024}[unit]


@pytest.mark.parametrize("header", ["| rung ", "| bound "])
def test_design_tells_the_bounds_as_they_are(header):
    rows = table("doc/design.md", header)
    assert rows
    for _, shown, name, path in rows:
        number, unit = value_of(name, path)
        unit = unit or ("s" if path.endswith(".service") else "")  # systemd's own
        assert in_base_units(*shown.split()) == in_base_units(number, unit), name
    if header == "| rung ":
        values = [in_base_units(*row[1].split()) for row in rows]
        assert values == sorted(set(values)), "the ladder does not rise"
