"""The suite `training`: an engine's gradients train small models, and the paths are compared.

Each training walks a hundred steps. The host makes the updates in float64 from the engine's
gradients and sends the next program, so that a gradient that is lost, doubled or stale shows in all
that follows. The losses and parameters must stay within the measured noise of the oracle's own path
(`oracles/descent.py`). `models` holds the models, `walk` compares, `verdicts` explains.

>>> sorted({t.model.name for t in TRAININGS.values()})[:3]
['attention', 'batch_norm', 'batches']
>>> list(TRAININGS)[:2]
['linear-sgd', 'linear-adam']
"""

from .clause import CLAUSE, clause_record
from .trainings import OPTIMISERS, TRAININGS, Training
from .verdicts import train

__all__ = ["CLAUSE", "OPTIMISERS", "TRAININGS", "Training", "clause_record", "train"]
