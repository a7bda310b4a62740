"""The room a chapter shows things in: explorers, predictions, quizzes, checks and the shared drawings.

The only room of nnlib that knows Matplotlib and ipywidgets; it contains no mathematics of its own. Importing it puts
the book's style on Matplotlib, whole, so that a reader's own plots look like the chapter's whatever their matplotlibrc
says. Settings that are changed after that hold for what the reader draws, not inside an explorer or a shared drawing.
"""

from importlib.util import find_spec
from pathlib import Path

if _missing := [name for name in ("matplotlib", "ipywidgets", "IPython") if find_spec(name) is None]:
    _root = Path(__file__).resolve().parents[2]
    _here = (_root / "pyproject.toml").exists()  # a checkout, not an installed package
    _how = f'pip install -e ".[chapters]" in the folder {_root}' if _here else 'pip install "nnlib[chapters]"'
    raise ModuleNotFoundError(f"nnlib.lab needs {' and '.join(_missing)}: {_how}", name=_missing[0])

import matplotlib

from . import figures
from .builder import builder
from .checks import check
from .digit import digit
from .explore import explore
from .figures import loop
from .picture import show
from .planes import planes
from .playground import playground
from .questions import exam, predict, quiz, recall
from .style import BLUE, FAINT, GRAY, GREEN, INK, ORANGE, PAPER, PURPLE, STYLE, YELLOW, figure

matplotlib.rcParams.update(STYLE)

__all__ = [
    "BLUE",
    "FAINT",
    "GRAY",
    "GREEN",
    "INK",
    "ORANGE",
    "PAPER",
    "PURPLE",
    "YELLOW",
    "builder",
    "check",
    "digit",
    "exam",
    "explore",
    "figure",
    "figures",
    "loop",
    "planes",
    "playground",
    "predict",
    "quiz",
    "recall",
    "show",
]
