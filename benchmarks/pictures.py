"""What a picture of an explorer costs, and what each thing made once saves: ``python -m benchmarks.pictures 04 12``.

Processor time of one picture of a page, in milliseconds, over every fourth setting of the explorers of these chapters
(of all, if none is named): as it is, and with one thing taken away. The variants take turns, picture by picture, in an
order that changes; each figure is the median over the rounds.
"""

import contextlib
import random
import statistics
import sys
import time
from unittest import mock

from matplotlib.backends.backend_svg import RendererSVG

from nnlib.lab import pen
from nnlib.lab.explore import frames
from tests.chapters import NOTEBOOKS, run

ROUNDS = 5


class Unkept(frames.Frames):
    """Each picture on axes made for it, and laid out for it alone."""

    def paint(self, **knobs):
        with frames.styled():
            sheet = self._plain(knobs)
            pen.lay_out(sheet)
            return sheet


class Unmade(Unkept):
    """Each picture on axes made for it, in the places that are known."""

    def paint(self, **knobs):
        with frames.styled():
            sheet = self._plain(knobs)
            sheet.settled = True
            return sheet


def without_memory():
    """Words are measured and outlined anew in each picture."""
    return mock.patch.multiple(
        pen.Pen,
        get_text_width_height_descent=RendererSVG.get_text_width_height_descent,
        _draw_text_as_path=RendererSVG._draw_text_as_path,
        _get_font_height_metrics=lambda self, prop: (None, None, None),  # then Matplotlib reads the font's tables
    )


VARIANTS = {
    "as it is": (frames.Frames, contextlib.nullcontext, frames.many),
    "garbage searched for as usual": (frames.Frames, contextlib.nullcontext, contextlib.nullcontext),
    "words measured and outlined anew": (frames.Frames, without_memory, frames.many),
    "axes made anew": (Unmade, contextlib.nullcontext, frames.many),
    "axes made and laid out anew": (Unkept, contextlib.nullcontext, frames.many),
    "none of it": (Unkept, without_memory, contextlib.nullcontext),
}


def measure(explorers, rounds=ROUNDS, every=4):
    """Variant → median milliseconds a picture."""
    chance, spent = random.Random(0), {name: [] for name in VARIANTS}
    painters = {
        name: [(kind(e.draw, e.size, e.frames.settings), e) for e in explorers] for name, (kind, *_) in VARIANTS.items()
    }
    for turn in range(rounds + 1):  # the first one warms up
        for name in chance.sample(list(VARIANTS), len(VARIANTS)):
            _, words, rarely = VARIANTS[name]
            count, begun = 0, time.process_time()
            with words(), rarely():
                for pictures, explorer in painters[name]:
                    for knobs in explorer.points[turn % every :: every]:
                        with frames.styled():
                            pen.write(pictures.paint(**knobs))
                        count += 1
            if turn:
                spent[name].append((time.process_time() - begun) / count * 1000)
    return {name: statistics.median(times) for name, times in spent.items()}


def main(chapters):
    """Print the table."""
    explorers = [e for path in NOTEBOOKS if not chapters or path.stem[:2] in chapters for e in run(path)[0]]
    found = measure([e for e in explorers if not e.raster])
    for name, milliseconds in found.items():
        print(f"{name:34}{milliseconds:6.1f} ms  {milliseconds / found['as it is']:5.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
