"""The table of heads, in memory."""

from __future__ import annotations

from backdrop.jobs.proof.series import Head


class HeadsTwin:
    """As `aws.proof.heads_table.HeadsTable`; `rows`: series -> head."""

    def __init__(self) -> None:
        self.rows: dict[str, Head] = {}

    def read(self, series: str) -> Head | None:
        """The newest number that was noted."""
        return self.rows.get(series)

    def advance(self, series: str, head: Head) -> None:
        """Note a newer one."""
        if series not in self.rows or self.rows[series].number < head.number:
            self.rows[series] = head
