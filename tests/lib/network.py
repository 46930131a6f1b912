"""A network of this test's own for servers that are to be cut off from each other: a network namespace for each, a switch
between them in one more, and one cable from there to this machine. No name of it is left anywhere: it goes with the
processes that it is made for, however they end."""

import os
import random

from .namespace import Namespace, run

PREFIX = "198.18"  # RFC 2544: for tests, and never on the way to anywhere
NOBODY = "02:00:00:00:00:01"  # an address of no card
NET = ("net", "net")


class Network:
    """hosts: (address, words that put a command there), for MongoSet."""

    def __init__(self, run_dir, count):
        self.switch = Namespace(run_dir, "net-switch", NET)
        self.rooms = [Namespace(run_dir, f"net-{number}", NET) for number in range(1, count + 1)]
        self.subnet = self._free_subnet()
        self.is_cut = [False] * count

    @staticmethod
    def _free_subnet():
        used = run("ip", "-o", "-4", "address")
        while True:
            subnet = f"{PREFIX}.{random.randrange(256)}"
            if subnet + "." not in used:
                return subnet

    def address(self, number):
        """Of a room, from 0; this machine's own is .1."""
        return f"{self.subnet}.{number + 2}"

    @property
    def hosts(self):
        return [(self.address(number), room.enter) for number, room in enumerate(self.rooms)]

    def __enter__(self):
        try:
            self._make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _make(self):
        cable = f"bo-{self.subnet.split('.')[2]}-{os.getpid() % 10000}"
        for namespace in (self.switch, *self.rooms):
            namespace.start()
            namespace.run("ip", "link", "set", "lo", "up")
        self.switch.run("ip", "link", "add", "switch", "type", "bridge")
        self.switch.run("ip", "link", "set", "switch", "up")
        run("ip", "link", "add", "name", "street", "netns", self.switch.pid, "type", "veth", "peer", "name", cable)
        self._plug("street")
        for number, room in enumerate(self.rooms):
            run("ip", "link", "add", "name", f"room{number}", "netns", self.switch.pid, "type", "veth",
                "peer", "name", "eth0", "netns", room.pid)
            self._plug(f"room{number}")
            room.run("ip", "address", "add", f"{self.address(number)}/24", "dev", "eth0")
            room.run("ip", "link", "set", "eth0", "up")
        run("ip", "address", "add", f"{self.subnet}.1/24", "dev", cable)
        run("ip", "link", "set", cable, "up")

    def _plug(self, cable):
        self.switch.run("ip", "link", "set", "dev", cable, "master", "switch", "up")

    def __exit__(self, *_):
        for namespace in (self.switch, *self.rooms):
            namespace.kill()

    def cut(self, number):
        """What this room and the others say to each other goes nowhere; this machine still reaches them all."""
        self._between(number, "replace", "lladdr", NOBODY, "nud", "permanent")
        self.is_cut[number] = True

    def join_all(self):
        for number, cut in enumerate(self.is_cut):
            if cut:
                self._between(number, "del")
                self.is_cut[number] = False

    def _between(self, number, verb, *words):
        for other, room in enumerate(self.rooms):
            if other != number:
                room.run("ip", "neighbour", verb, self.address(number), *words, "dev", "eth0")
                self.rooms[number].run("ip", "neighbour", verb, self.address(other), *words, "dev", "eth0")
