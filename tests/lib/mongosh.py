"""In the place of mongosh, which Debian has not: hands a line of doc/operations.md to a real server, and prints the answer.

  mongosh.py URI 'db.adminCommand(JSON)'
  mongosh.py URI 'db.getSiblingDB("NAME").aggregate(JSON)'
"""

import re
import sys

import pymongo
from bson import json_util


def evaluate(client, line):
    if found := re.fullmatch(r"db\.adminCommand\((\{.*\})\)", line, re.S):
        return client.admin.command(json_util.loads(found[1]))
    name, pipeline = re.fullmatch(r'db\.getSiblingDB\("(\w+)"\)(?:\.\w+)?\.aggregate\((\[.*\])\)', line, re.S).groups()
    collection = re.search(r'"\)\.(\w+)\.aggregate', line)
    where = client[name][collection[1]] if collection else client[name]
    return list(where.aggregate(json_util.loads(pipeline)))


if __name__ == "__main__":
    _, uri, command = sys.argv
    with pymongo.MongoClient(uri, serverSelectionTimeoutMS=10000) as made:
        print(json_util.dumps(evaluate(made, command), indent=1))
