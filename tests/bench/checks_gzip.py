"""Seat maps that are compressed: by nginx for each answer, and, to know what that costs, once and for all (by a worker that
has nothing but the compressed bytes)."""

import gzip

from lib.client import Client

from . import stats, wrk
from .check import Check
from .floors import BodyFloor
from .wrk import Traffic, get

NGINX_LEVEL = 1  # gzip_comp_level in nginx/boxoffice/server.conf
ASKED = {"Accept_Encoding": "gzip"}


def compressed_maps(house, plan):
    return [_of_a_show(house, plan, seats) for seats in (1000, 5000)]


def _of_a_show(house, plan, seats):
    path = f"/status/{house.show_with_map(seats)}"
    plain = Client(house.site).get(path).content
    stored = BodyFloor(house, path, gzip.compress(plain, NGINX_LEVEL), "gzip")
    traffic = {"plain": Traffic(house.url, [get(path)], size=(len(plain), float("inf"))),
               "by nginx": Traffic(house.url, [get(path, **ASKED)], size=(1, len(plain) // 3)),
               "stored": Traffic(stored.url, [get(path, **ASKED)], size=(1, len(plain) // 3))}
    rates, bytes_of, errors = {way: [] for way in traffic}, {}, stats.Counter()
    try:
        for _ in range(plan.slices):
            for way, asked in traffic.items():
                measured = wrk.run(asked, plan.seconds)
                rates[way].append(measured.rate)
                bytes_of[way] = measured.byte_rate / measured.rate
                errors.update(measured.errors)
            house.trim_logs()
    finally:
        stored.close()
    found = "; ".join(f"{way} {stats.median(rates[way]):,.0f}/s of {bytes_of[way] / 1000:.1f} KB" for way in traffic)
    return Check(f"map of {seats:,} seats, gzip", found, figures={"rates": rates, "bytes": bytes_of}, errors=errors)


CHECKS = [compressed_maps]
