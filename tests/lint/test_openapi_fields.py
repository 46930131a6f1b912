"""doc/openapi.yaml has each field that the code reads and writes, each parameter of a query, and no other."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = ("SeatsRequest", "BestRequest", "CancelRequest")
HELPERS = "put_count|put_check|put_number|bo_json_(?:open|put_\\w+)"


@pytest.fixture(scope="module")
def openapi():
    return yaml.safe_load((ROOT / "doc/openapi.yaml").read_text())


def properties(openapi, *schemas):
    """Names of members, at any depth, of these schemas of the document."""
    names, seen = set(), set()

    def walk(node):
        if isinstance(node, list):
            for item in node:
                walk(item)
        elif isinstance(node, dict):
            names.update(node.get("properties", {}))
            for key, value in node.items():
                if key != "$ref":
                    walk(value)
                elif value not in seen:
                    seen.add(value)
                    walk(openapi["components"]["schemas"][value.rsplit("/", 1)[1]])
    for schema in schemas:
        walk({"$ref": f"/{schema}"})
    return names


def texts_of(*patterns):
    return "\n".join(path.read_text() for pattern in patterns for path in sorted(ROOT.glob(pattern)))


def test_fields_of_bodies(openapi):
    code = texts_of("src/api/*.c")
    read = set(re.findall(r'(?:json_object_object_get_ex|bo_field_id|read_text)\(root, "(\w+)"', code))
    assert len(re.findall(r"json_object_object_get_ex\(", code)) == \
        len(re.findall(r'json_object_object_get_ex\(root, (?:"\w+"|member), ', code)), "a member that is not read by its name"
    assert read == properties(openapi, *REQUESTS)


def test_parameters(openapi):
    read = set(re.findall(r'bo_query_find\([^,]+, "(\w+)"', texts_of("src/api/*.c")))
    known = {parameter["name"] for path in openapi["paths"].values() for operation in path.values() if "responses" in operation
             for parameter in operation.get("parameters", ()) if parameter.get("in") == "query"}
    assert read == known


def test_fields_of_answers(openapi):
    """By the writers of JSON, or within the texts that are put together by hand."""
    code = texts_of("src/api/*.c", "src/http/problem_json.c", "src/boxoffice/*.c", "feed/shows.c")
    written = set(re.findall(rf'\b(?:{HELPERS}|bo_problem_add_time)\(\w+, "(\w+)"', code))
    written |= set(re.findall(r'\\"(\w+)\\":', code))
    schemas = [name for name in openapi["components"]["schemas"] if name not in REQUESTS]
    assert written == properties(openapi, *schemas)
