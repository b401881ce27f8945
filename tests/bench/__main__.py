"""`make bench`: times and memory in one table; over a limit fails."""

import sys

from rich.console import Console
from rich.table import Table

from tests.bench import beside, costs, masks, start, teams, uploads


def main() -> int:
    """Print the table; 1 when a limit is broken."""
    rows = [row for part in (start, masks, beside, uploads, costs, teams) for row in part.rows()]
    table = Table("medians of this run", "seen", "limit")
    for row in rows:
        limit = "" if row.limit is None else f"{row.limit:.2f}"
        table.add_row(row.name, f"{row.seen:.2f}", limit, style="red" if row.broken else None)
    Console().print(table)
    return int(any(row.broken for row in rows))


if __name__ == "__main__":
    sys.exit(main())
