"""Charts of a fit: `fit.plot.<name>(...)`; each is one line into the room that draws it."""

from __future__ import annotations

from dataclasses import dataclass

from echelon.fit import Fit
from echelon.result.plots.effects import EffectPlots
from echelon.result.plots.groups import GroupPlots
from echelon.result.plots.models import ModelPlots
from echelon.result.plots.residuals import ResidualPlots

__all__ = ["Plots"]


@dataclass(frozen=True)
class Plots(GroupPlots, EffectPlots, ResidualPlots, ModelPlots):
    """The charts of a fit; every method returns an Altair chart that can `save` itself."""

    fit: Fit
