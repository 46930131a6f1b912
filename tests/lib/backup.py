"""Backup and restore of MongoDB, by the steps of doc/operations.md: the files of a member that is locked meanwhile."""

import shutil
import subprocess
from contextlib import contextmanager

import pymongo

from .waiting import wait_until


def files_of(member):
    return member.run_dir / member.name


@contextmanager
def locked(member):
    """It has written everything, and writes nothing until it is unlocked."""
    with member.direct_client() as client:
        client.admin.command("fsync", lock=True)
        try:
            yield
        finally:
            client.admin.command("fsyncUnlock")


def back_up(member, backup):
    with locked(member):
        shutil.copytree(files_of(member), backup)


def lose(*members):
    for member in members:
        member.kill()
        shutil.rmtree(files_of(member))


def put_back(member, backup):
    shutil.copytree(backup, files_of(member))


def forget_the_set(member):
    """As the first member of a new set: what its files know of the old one goes, by a server that is in none."""
    command = [str(word) for word in member.command()]
    at = command.index("--replSet")
    with open(member.run_dir / "log" / "forget.log", "ab") as log, \
            subprocess.Popen(command[:at] + command[at + 2:], stdout=log, stderr=log) as server:
        try:
            with member.direct_client(30000) as client:
                client.drop_database("local")
        finally:
            server.terminate()


def has_joined(member):
    """Is it a member whose data are whole?"""
    try:
        with member.direct_client(2000) as client:
            hello = client.admin.command("hello")
            return hello["isWritablePrimary"] or hello["secondary"]
    except pymongo.errors.PyMongoError:
        return False


def wait_joined(*members):
    for member in members:
        wait_until(lambda: has_joined(member), 60, f"{member.name} as a member of the set")
