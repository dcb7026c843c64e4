"""Documents: reports in HTML, Word, LaTeX and Markdown, and the bundle that reruns a study."""

from typing import TYPE_CHECKING

from echelon._optional import on_demand

if TYPE_CHECKING:
    from echelon.publish.table_styles import great_table
    from echelon.publish.write import write_comparison, write_report

__all__ = ["great_table", "write_comparison", "write_report"]
__getattr__ = on_demand(
    __name__,
    {
        "great_table": "echelon.publish.table_styles",
        "write_comparison": "echelon.publish.write",
        "write_report": "echelon.publish.write",
    },
)
