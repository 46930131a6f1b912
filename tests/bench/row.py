"""One row of the table: its traffic in slices that alternate with slices of its floor."""

from collections import Counter
from dataclasses import dataclass, field, replace

from . import stats, wrk
from .cpu import CpuMeter
from .floors import LiveFloor


class Row:
    """Subclasses say what is sent. before() and after() stand outside of the measured time."""

    name = ""
    bar = None  # least ratio to the floor; issue 6
    unit = "requests/s"
    env = {}  # settings of the workers that differ from the house's

    def __init__(self, house):
        self.house = house

    def prepare(self):
        """Once, before the first slice."""

    def floor(self):
        return LiveFloor(self.house)

    def before(self, seconds, floor_slice):
        """Before each slice: whatever it uses up. floor_slice came just before it."""

    def traffic(self):
        raise NotImplementedError

    def after(self, measured):
        """Was the work really done? Adds to measured.errors where it was not."""

    def value(self, measured):
        return measured.byte_rate if self.unit == "bytes/s" else measured.rate


@dataclass
class Result:
    name: str
    unit: str
    bar: float
    values: list = field(default_factory=list)
    floors: list = field(default_factory=list)
    latency: Counter = field(default_factory=Counter)
    errors: Counter = field(default_factory=Counter)
    statuses: Counter = field(default_factory=Counter)
    requests: int = 0
    cpu: Counter = field(default_factory=Counter)  # server -> CPU seconds while the row ran
    floor_requests: int = 0
    floor_cpu: Counter = field(default_factory=Counter)

    @property
    def ratios(self):
        return [value / floor for value, floor in zip(self.values, self.floors)]

    @property
    def verdict(self):
        return stats.verdict(self.ratios, self.bar)

    def add_floor(self, row, measured, cpu):
        self.floors.append(row.value(measured))
        self.errors.update({f"floor {reason}": times for reason, times in measured.errors.items()})
        self.floor_requests += measured.count
        self.floor_cpu.update(cpu)

    def add(self, row, measured, cpu):
        self.values.append(row.value(measured))
        self.latency.update(measured.latency)
        self.errors.update(measured.errors)
        self.statuses.update(measured.statuses)
        self.requests += measured.count
        self.cpu.update(cpu)

    def figures(self):
        """For --json and --csv."""
        return {
            "name": self.name, "unit": self.unit, "median": stats.median(self.values),
            **{f"p{at}_ms".replace(".", "_"): stats.percentile(self.latency, at) for at in (50, 99, 99.9)},
            "errors": dict(self.errors), "statuses": dict(self.statuses), "requests": self.requests,
            "floor_median": stats.median(self.floors), "ratio": stats.median(self.ratios),
            "interval": stats.median_interval(self.ratios), "bar": self.bar, "verdict": self.verdict,
            "values": self.values, "floor_values": self.floors,
            "cpu_us_per_request": per_request(self.cpu, self.requests),
            "floor_cpu_us_per_request": per_request(self.floor_cpu, self.floor_requests)}


def per_request(cpu, requests):
    return {server: round(seconds * 1e6 / requests, 1) for server, seconds in cpu.items() if requests}


def measure(row, slices, seconds, known_floors=None, profile=None):
    """Floor, row, floor, row, ... known_floors: floors' slices by name, to be used again (--quick)."""
    result = Result(row.name, row.unit, row.bar)
    with row.house.settings(row.env):
        row.prepare()
        floor = row.floor()
        try:
            for _ in range(slices):
                row.house.trim_logs()
                floor_slice, cpu = _floor_slice(row, floor, seconds, known_floors)
                result.add_floor(row, floor_slice, cpu)
                row.before(seconds, floor_slice if known_floors is None else _of_another_moment(floor_slice))
                meter = CpuMeter(row.house.site)
                measured = wrk.run(row.traffic(), seconds)
                cpu = meter.spent()
                row.after(measured)
                result.add(row, measured, cpu)
            if profile:
                profile.row(row, floor_slice)
        finally:
            floor.close()
    return result


def _of_another_moment(floor_slice):
    """What a floor may do now that was measured a while ago, when others may have kept the machine busy."""
    return replace(floor_slice, count=3 * floor_slice.count)


def _floor_slice(row, floor, seconds, known):
    if known is not None and floor.name in known:
        return known[floor.name]
    meter = CpuMeter(row.house.site)
    measured = floor.slice(seconds), meter.spent()
    if known is not None and floor.name:
        known[floor.name] = measured
    return measured
