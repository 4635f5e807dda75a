"""Business hours: when people are there, by the clock on their wall."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from messaging.violations import Violation

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Interval = tuple[time, time]


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """Intervals per weekday in a time zone. One that ends at or before its start reaches into the next day."""

    zone: ZoneInfo
    intervals: Mapping[str, Sequence[Interval]]

    def contain(self, moment: datetime) -> bool:
        """Tell whether somebody is there; an interval's start is in it, its end is not."""
        local = moment.astimezone(self.zone)
        today, yesterday = WEEKDAYS[local.weekday()], WEEKDAYS[(local - timedelta(days=1)).weekday()]
        clock = local.time()
        return any(_covers(one, clock) for one in self.intervals.get(today, ())) or any(
            end <= start and clock < end for start, end in self.intervals.get(yesterday, ())
        )


def parse_business_hours(zone: str, days: Mapping[str, Sequence[Sequence[str]]]) -> BusinessHours:
    """Read business hours.

    Args:
        zone: IANA name, such as America/Santo_Domingo.
        days: weekday in English → pairs of "HH:MM"; a day that is missing is free.

    Raises:
        Violation: no such zone, weekday or time; `at` is "zone", "days" or "days/<weekday>/<n>".
    """
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Violation("the time zone is not known; give its IANA name, for example America/Bogota", "zone") from error
    unknown = sorted(set(days) - set(WEEKDAYS))
    if unknown:
        raise Violation(f"no such weekday; there are {', '.join(WEEKDAYS)}", "days")
    return BusinessHours(
        place,
        {
            day: [_interval(pair, f"days/{day}/{position}") for position, pair in enumerate(pairs)]
            for day, pairs in days.items()
        },
    )


def _interval(pair: Sequence[str], at: str) -> Interval:
    try:
        start, end = (time.fromisoformat(one) for one in pair)
    except ValueError as error:
        raise Violation('write it as two times, for example ["09:00", "17:30"]', at) from error
    if start.tzinfo or end.tzinfo:
        raise Violation("the times are those of the time zone given; leave out the offset", at)
    return start, end


def _covers(interval: Interval, clock: time) -> bool:
    start, end = interval
    return start <= clock if end <= start else start <= clock < end
