"""Days, months and zones as options of commands take them."""

import re
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

YEARS: Final = range(2000, 9999)  # a day more, a week less: no sum of days leaves the calendar
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)


class Day(click.DateTime):
    """ "2026-11-22" """

    name = "yyyy-mm-dd"

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        day: datetime = super().convert(value, param, ctx)
        if day.year not in YEARS:
            self.fail(f"{value!r} is not of the years {YEARS[0]} to {YEARS[-1]}", param, ctx)
        return day


class Month(click.ParamType[str]):
    """ "2026-11" """

    name = "yyyy-mm"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        month = str(value)
        if _MONTH.fullmatch(month) is None or int(month[:4]) not in YEARS:
            self.fail(f"{value!r} is not a month such as 2026-11", param, ctx)
        return month


class Zone(click.ParamType[ZoneInfo]):
    """ "Europe/Berlin" """

    name = "zone"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> ZoneInfo:
        try:
            return ZoneInfo(str(value))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.fail(f"{value!r} is not a time zone such as Europe/Berlin", param, ctx)
