"""Parts of an address that the pages share."""

from __future__ import annotations


class RowNumber:
    """The number of a row, as in `<row:release>`. One that no row can have leads nowhere before a database sees it."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)
