"""The bundle: all that another person needs to rerun a study, and the rerun itself."""

from typing import TYPE_CHECKING

from echelon._optional import on_demand

if TYPE_CHECKING:
    from echelon.publish.bundle.agreement import Rerun
    from echelon.publish.bundle.reruns import compare_with, rerun
    from echelon.publish.bundle.shared_table import read_data
    from echelon.publish.bundle.writing import bundle

_HOMES = {
    "Rerun": "echelon.publish.bundle.agreement",
    "bundle": "echelon.publish.bundle.writing",
    "compare_with": "echelon.publish.bundle.reruns",
    "read_data": "echelon.publish.bundle.shared_table",
    "rerun": "echelon.publish.bundle.reruns",
}
__all__ = ["Rerun", "bundle", "compare_with", "read_data", "rerun"]
__getattr__ = on_demand(__name__, _HOMES)
