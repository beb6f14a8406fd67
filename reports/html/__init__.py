"""The conformance report: one static HTML file that opens offline, made only from records.

Read `page` for the order of the sections, `escape` for how elements are built, `layout` and
`graph` for the drawings, `cases` for the data inside the page.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..digest import Digest
from ..records import AnyRecord


def render(records: Sequence[AnyRecord]) -> str:
    """The report on the run with these records, as the text of one HTML file.

    Raises `RecordsError` if there is no `Run` among them. A run without `End` is reported as cut
    short. The file needs no network: style, script and data are inside.
    """
    from .page import assemble

    return assemble(Digest.of(records), records)
