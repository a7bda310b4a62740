"""Programs of Parsons problems, run: which orders of their lines are right, and what "before" has to say of them.

``python -m tests.parsons 09 [09-l1 …]`` prints for each Parsons problem in notebooks/quiz/09.json the list "before"
that running its lines finds, what is wrong with the problem, and lines that would run in another block, too. It needs
nothing of a problem but "exercise", "lines" and, where there are any, "setup" (run before the lines), "result" (what is
judged; without it the function that the lines define last) and "decoys".

Lines make a tree of blocks by their indentation. What stands in one block are statements, each with the block below it,
and with its clauses, which follow it at once (else, elif, except, finally). Statements of one block may be exchanged;
"before" says which may not. A pair of lines in two blocks speaks of the two statements that hold them where the blocks
part.
"""

import ast
import contextlib
import io
import itertools
import json
import random
import re
import sys
import warnings
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

import nnlib as nn
from nnlib.lab.checks import exercises
from tests.chapters import ROOT

ALL, SAMPLED, TURNED = 200, 100, 30  # orders: all of them up to so many, else so many; and of those turned round
CLAUSE = re.compile(r"(else|elif|except|finally)\b")


class Endless(Exception):
    """A program goes round its loops far more often than the right one."""


class Counted(ast.NodeTransformer):
    """Every round of every loop begins with a call of ``_round``."""

    def loop(self, node):
        self.generic_visit(node)
        call = ast.Expr(ast.Call(ast.Name("_round", ast.Load()), [], []))
        node.body.insert(0, call)
        return node

    visit_For = visit_While = loop


@dataclass
class Problem:
    """A Parsons problem and what its lines do when they run."""

    question: dict

    @cached_property
    def lines(self):
        return [(line["code"], line["indent"]) for line in self.question["lines"]]

    @cached_property
    def exercise(self):
        id = self.question["exercise"]
        found = exercises(id.split("-")[0])[id]
        if found.reference is None:
            return found
        known = [found.reference(*case) for case in found.inputs(np.random.default_rng(0))]
        answers = itertools.cycle(known)  # the judge asks for them in their order, each once
        return replace(found, reference=lambda *case: next(answers))

    # ---- the tree ----

    @cached_property
    def parents(self):
        """For each line the line whose block it is in, −1 outside."""
        found, open_ = [], []
        for n, (_, indent) in enumerate(self.lines):
            open_ = open_[:indent] + [n]
            found.append(open_[min(indent, len(open_) - 1) - 1] if indent else -1)
        return found

    @cached_property
    def heads(self):
        """For each line the first line of its statement."""
        found, last = [], {}
        for n, (code, _) in enumerate(self.lines):
            found.append(last[self.parents[n]] if CLAUSE.match(code) else n)
            last[self.parents[n]] = found[n]
        return found

    @cached_property
    def blocks(self):
        """Line → the statements in its block, each by its first line; −1 for what is outside."""
        found = {}
        for n, head in enumerate(self.heads):
            if head == n:
                found.setdefault(self.parents[n], []).append(n)
        return found

    def path(self, n):
        """The statements that hold a line, from the outermost to its own."""
        found = []
        while n >= 0:
            found.insert(0, self.heads[n])
            n = self.parents[n]
        return found

    def pair(self, i, j):
        """The two statements of one block that a pair of lines speaks of; None if no block holds two."""
        parted = ((a, b) for a, b in zip(self.path(i), self.path(j), strict=False) if a != b)
        return next((pair for pair in parted if self.parents[pair[0]] == self.parents[pair[1]]), None)

    # ---- orders ----

    def below(self, head, before, choose):
        """Orders of a statement's lines, as an iterable."""
        clauses = [n for n in range(len(self.lines)) if self.heads[n] == head]
        return self.joined([([(n,)], self.inside(n, before, choose)) for n in clauses])

    def inside(self, n, before, choose):
        """Orders of a block's lines."""
        block = self.blocks.get(n, [])
        for order in choose(block, before):
            yield from self.joined([([()], self.below(head, before, choose)) for head in order])

    @staticmethod
    def joined(parts):
        """Each way to take one order from each part, put together."""
        parts = [list(choices) for pair in parts for choices in pair]
        for chosen in itertools.product(*parts):
            yield tuple(itertools.chain.from_iterable(chosen))

    def orders(self, before, limit=ALL, sampled=SAMPLED):
        """Orders of all lines that keep ``before``, pairs of statements: all of them, or samples of too many."""
        counts = [len(list(itertools.islice(extensions(block, before), limit + 1))) for block in self.blocks.values()]
        if np.prod(counts, dtype=float) <= limit:
            return list(self.inside(-1, before, extensions))
        chance = random.Random(self.question["id"])

        def one(block, before):
            yield drawn(block, before, chance)

        return list(dict.fromkeys(order for _ in range(sampled) for order in self.inside(-1, before, one)))

    # ---- running ----

    def program(self, order, instead=None):
        """The text of a program: lines in this order; ``instead`` has another code for some of them."""
        lines = (((instead or {}).get(n, self.lines[n][0]).split("\n"), self.lines[n][1]) for n in order)
        return "\n".join(4 * indent * " " + text for texts, indent in lines for text in texts)

    @cached_property
    def name(self):
        """What is judged: what "result" says, or else the last function that the program defines."""
        functions = [code for code, indent in self.lines if indent == 0 and code.startswith("def ")]
        return self.question.get("result") or functions[-1].removeprefix("def ").partition("(")[0]

    @cached_property
    def rounds(self):
        """How many rounds of loops a program may make: far more than the right one."""
        self.rounds = 10**6
        self.judge(self.program(range(len(self.lines))))
        return 20 * self.made + 100

    def judge(self, program):
        """What the exercise says of a program."""
        allowed, self.made = self.rounds, 0

        def one_more():
            self.made += 1
            if self.made > allowed:
                raise Endless(f"more than {allowed} rounds")

        scope = {"np": np, "nn": nn, "_round": one_more}
        with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            exec(self.question.get("setup", ""), scope)
            try:
                tree = ast.fix_missing_locations(Counted().visit(ast.parse(program)))
                exec(compile(tree, self.question["id"], "exec"), scope)
                answer = eval(self.name, scope)
            except Exception as error:
                return f"error: {type(error).__name__}: {error}"
            verdict = self.exercise.judge(answer)
        return f"{verdict.state}: {verdict.text}"

    def is_right(self, order, instead=None):
        return self.judge(self.program(order, instead)).startswith("right")

    # ---- what depends on what ----

    def turned(self, before, pair):
        """Orders that keep all pairs but this one, which they turn round; none if the others imply it."""
        rest = (closed(before) - {pair}) | {pair[::-1]}
        if any((a, a) in closed(rest) for a, _ in rest):
            return []
        return self.orders(rest, TURNED, TURNED)

    def found(self):
        """The pairs that have to be, by running: those between neighbors that no others imply."""
        before = {(a, b) for block in self.blocks.values() for a, b in itertools.combinations(block, 2)}
        needed = set()
        while left := sorted(reduced(before) - needed):
            for pair in left:
                if all(map(self.is_right, self.turned(before, pair))):
                    before.discard(pair)
                else:
                    needed.add(pair)
        return sorted(reduced(before))

    def faults(self):
        """What running finds wrong with a problem, in sentences."""
        listed, before = range(len(self.lines)), set()
        if not self.is_right(listed):
            return [f"the lines as they are listed are not right: {self.judge(self.program(listed))}"]
        wrong = []
        for i, j in self.question["before"]:
            pair = self.pair(i, j)
            if pair is None or pair[0] > pair[1]:
                wrong.append(f"before: [{i}, {j}] says nothing, or against the order listed")
            else:
                before.add(pair)
        for order in self.orders(before):
            if not self.is_right(order):
                wrong.append(f"before allows {list(order)}: {self.judge(self.program(order))}")
                break
        for i, j in self.question["before"]:
            orders = self.turned(before, self.pair(i, j)) if self.pair(i, j) else []
            if any(map(self.is_right, orders)) or not orders:
                wrong.append(f"before: [{i}, {j}] is not needed" + (", the others imply it" if not orders else ""))
        for order in self.orders(set()):
            places = {n: k for k, n in enumerate(order)}
            if any(places[a] > places[b] for a, b in before) and self.is_right(order):
                wrong.append(f"before forbids {list(order)}, which is right")
                break
        for decoy in self.question.get("decoys", []):
            for n in decoy["instead"] if isinstance(decoy["instead"], list) else [decoy["instead"]]:
                if any(self.is_right(order, {n: decoy["code"]}) for order in self.orders(before, TURNED, TURNED)):
                    wrong.append(f"decoy “{decoy['code']}” is right instead of line {n}")
        return wrong

    def elsewhere(self):
        """Lines that run right in another block, too, as they stand or moved to its beginning: a reader may ask why."""
        found = []
        for n in range(1, len(self.lines)):
            code, indent = self.lines[n]
            if code.endswith(":") or CLAUSE.match(code):
                continue
            others = [k for k in range(len(self.lines)) if k != n]
            for place, other in itertools.product(range(1, len(self.lines)), range(indent + 2)):
                moved = Problem({**self.question, "lines": list(self.question["lines"])})
                order = [*others[:place], n, *others[place:]]
                moved.lines = [(self.lines[k][0], other if k == n else self.lines[k][1]) for k in order]
                moved.exercise, moved.rounds, moved.name = self.exercise, self.rounds, self.name
                above = moved.parents[place]
                same = (order[above] if above >= 0 else -1) == self.parents[n]
                if other != indent and not same and moved.is_right(range(len(order))):
                    found.append(f"line {n} “{code}” is right at indent {other}, too, in place {place}")
                    break
        return found


def closed(pairs):
    """With every pair that two of them imply."""
    found = set(pairs)
    while more := {(a, d) for a, b in found for c, d in found if b == c} - found:
        found |= more
    return found


def reduced(pairs):
    """Without the pairs that others imply."""
    known = closed(pairs)
    return {(a, b) for a, b in known if not any((a, c) in known and (c, b) in known for c in {x for x, _ in known})}


def free(left, before):
    """What of this may come first."""
    return [n for n in left if not any((m, n) in before for m in left)]


def extensions(block, before):
    """All orders of a block that keep the pairs, the one listed first."""
    if not block:
        yield ()
    for n in free(block, before):
        for rest in extensions([m for m in block if m != n], before):
            yield (n, *rest)


def drawn(block, before, chance):
    """One of these orders, by chance."""
    left, order = list(block), []
    while left:
        order.append(chance.choice(free(left, before)))
        left.remove(order[-1])
    return tuple(order)


def main(number, *ids):
    """Print what is found of the problems of a chapter; 1 if one has a fault."""
    path, failed = ROOT / "notebooks" / "quiz" / f"{number}.json", False
    questions = [q for q in json.loads(path.read_text(encoding="utf-8")) if q["kind"] == "parsons"]
    for question in questions:
        if ids and question["id"] not in ids:
            continue
        problem = Problem(question)
        before = [list(pair) for pair in problem.found()]
        print(f'{question["id"]}  "before": {json.dumps(before)}')
        given = [list(problem.pair(*pair) or pair) for pair in question.get("before", [])]
        if Counter(map(tuple, given)) != Counter(map(tuple, before)):
            print(f"  in the file: {json.dumps(question.get('before'))}")
        faults = Problem({**question, "before": before}).faults()
        for fault in faults:
            print(f"  fault: {fault}")
        for note in [] if faults else problem.elsewhere():
            print(f"  note: {note}")
        failed |= bool(faults)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
