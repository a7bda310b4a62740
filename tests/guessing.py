"""What a reader can do without knowing: guess by the looks of the choices, or find the answer elsewhere on the page.

A question here is a dict as in ``notebooks/quiz/``.
"""

import math
import re
from fractions import Fraction

import numpy as np

# ---- by the looks of the choices -------------------------------------------------------------------------------------

REASON = re.compile(r"\b(because|since|as)\b", re.IGNORECASE)


def even(picked, n):
    """Weights of n choices for a reader who takes one of those picked, each as likely as the other."""
    return [Fraction(k in picked, len(picked)) for k in range(n)]


def of_length(texts, which, among):
    """Those among the choices that are as long as the longest (``max``) or shortest (``min``) of them."""
    length = which(len(texts[k]) for k in among)
    return [k for k in among if len(texts[k]) == length]


def without_reason(texts, among):
    """Those among the choices that give no reason; all of them if each does."""
    return [k for k in among if not REASON.search(texts[k])] or list(among)


def take_the_shortest(texts):
    return even(of_length(texts, min, range(len(texts))), len(texts))


def take_the_longest(texts):
    return even(of_length(texts, max, range(len(texts))), len(texts))


def strike_the_longest(texts, then=lambda texts, left: left):
    """Of several longest one is struck, each as likely as the other; of what is left, ``then`` says what is picked."""
    n = len(texts)
    longest = of_length(texts, max, range(n))
    ways = [even(then(texts, [k for k in range(n) if k != struck]), n) for struck in longest]
    return [sum(weights) / len(longest) for weights in zip(*ways, strict=True)]


def distrust_because(texts):
    return even(without_reason(texts, range(len(texts))), len(texts))


def all_three(texts):
    """Strike the longest, distrust those with a reason, take the shortest of what is left."""
    return strike_the_longest(texts, lambda texts, left: of_length(texts, min, without_reason(texts, left)))


STRATEGIES = {
    "shortest": take_the_shortest,
    "longest": take_the_longest,
    "not the longest": strike_the_longest,
    "no because": distrust_because,
    "all three": all_three,
}


def score(questions, strategy):
    """How many are right in the mean over all ties, how many chance gets, and how often chance gets as many.

    A tie is worth what it brings in the mean. Under chance the right choice of each question is any of its choices, and
    the distribution of the score is the sum of what each may bring: the Poisson-binomial one, if nothing is tied.
    """
    asked = [q for q in questions if q["kind"] in ("predict", "choice")]
    weights = [strategy([c["text"] for c in q["choices"]]) for q in asked]
    right = [next(k for k, c in enumerate(q["choices"]) if c.get("correct")) for q in asked]
    unit = math.lcm(*(w.denominator for ws in weights for w in ws))
    spread = np.ones(1)
    for ws in weights:
        step = np.zeros(unit + 1)
        for w in ws:
            step[int(w * unit)] += 1 / len(ws)
        spread = np.convolve(spread, step)
    got = sum((ws[k] for ws, k in zip(weights, right, strict=True)), Fraction(0))
    chance = sum(Fraction(1, len(ws)) for ws in weights)
    return float(got), float(chance), float(spread[int(got * unit) :].sum())


# ---- elsewhere on the page -------------------------------------------------------------------------------------------

COMMON = set(
    """a about again all also always an and any are at be because been being between both but by can could did do does
    down each either every for from had has have he her him his how i if in into is it its just may might more most much
    must my near nearly neither no nor not nobody now of off on only or our out over own same she should since so some
    still than that the their them then there these they this those through to too under until up very was we were what
    when where which while who why will with would you your choose needs chapter question line""".split()
)
SPELLED = dict(zip("zero one two three four five six seven eight nine ten".split(), map(str, range(11)), strict=True))
SPELLED |= {"once": "1", "twice": "2", "half": "½", "hundred": "100", "thousand": "1000"}
NUMBER = r"(?<![\w.^])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
SUNK = "₀₁₂₃₄₅₆₇₈₉"
POWERS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def stem(word):
    """A word without its ending: one that is good enough to see the same word again."""
    for ending in ("ing", "es", "ed", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def content(text):
    """The words and numbers of a text that say something, in order: no symbols, no single letters."""
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text.lower().replace("−", "-"))
    found = re.findall(r"(?<![\w)])-?\d+(?:\.\d+)?%?|[^\W\d_]{2,}(?:-[^\W\d_]{2,})*", text)
    return [stem(SPELLED.get(w, w)) for w in found if w not in COMMON]


def numbers(text):
    """The numbers of a text: 12,288; −0.5; 3/4; 17%, which is 0.17 or 17; 4.5 · 10⁻⁵; 2¹⁰; 2.5e−6. Not a name's: w1."""
    power = "([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    tail = rf"(?:e([-+]?\d+)| ?[·×] ?10{power}|{power}|/(\d+)(?![\w.])|(%)|(?![\w]))"
    found = []
    for m in re.finditer(rf"({NUMBER}){tail}", text.replace("−", "-")):
        figure, exponent, of_ten, of_itself, divisor, percent = m.groups()
        value = float(f"{figure.replace(',', '')}e{exponent or (of_ten or '0').translate(POWERS)}")
        if of_itself and abs(to := int(of_itself.translate(POWERS))) < 100:
            value = value**to if value else 0.0
        if divisor and int(divisor):
            value /= int(divisor)
        found += [value, value / 100] if percent else [value]
    return [value for value in found if math.isfinite(value)]


def digits(value):
    """How many digits a number has that say something: 3 for 0.0316 and 121, 1 for 5000, none for 0."""
    return len(f"{abs(value):.12e}".partition("e")[0].replace(".", "").strip("0"))


def sentences(text):
    return [s for s in re.split(r"(?<=[.?!:;])\s+|\n", text) if s.strip()]


def statements(question):
    """What a question says before it is answered, in pieces: sentences, code, choices, what is to be put in order."""
    choices = [c["text"] for c in question.get("choices", [])]
    lines = [line["code"] for line in [*question.get("lines", []), *question.get("decoys", [])]]
    shown = [*question.get("code", "").splitlines(), *choices, *question.get("items", []), *lines]
    return [*sentences(question["question"]), *shown]


def stands_in(part, whole):
    """Is a list a piece of another one, without gaps?"""
    return any(whole[i : i + len(part)] == part for i in range(len(whole) - len(part) + 1))


def number_told(question, other):
    """The piece of another question in which an answer stands that is a number, as the question would accept it.

    Three digits are no chance. A number of two is told by a sentence that also shares three words with the question.
    One that is among the question's own data says nothing, and neither does one of a single digit.
    """
    answer, tolerance = question["answer"], question["tolerance"]

    def accepted(text):
        return any(abs(x - answer) <= tolerance + 1e-12 * abs(x) for x in numbers(text))

    if digits(answer) < 2 or any(map(accepted, statements(question))):
        return None
    own = set(content(question["question"]))
    enough = 0 if digits(answer) >= 3 else 3
    return next((t for t in statements(other) if accepted(t) and len(own & set(content(t))) >= enough), None)


def interval_told(question, other):
    """The piece of another question in which both ends stand, if one of them is a number that says something."""
    ends = question["low"], question["high"]
    if max(map(digits, ends)) < 2:
        return None
    return next((t for t in statements(other) if all(end in numbers(t) for end in ends)), None)


def order_told(question, other):
    """Another question's prompt or code in which all items, or lines of code, stand in the right order."""
    whole = squeezed(other["question"] + other.get("code", ""))
    place = 0
    for item in question.get("items") or [line["code"] for line in question["lines"]]:
        place = whole.find(squeezed(item), place) + 1
        if not place:
            return None
    return other["question"]


def formula_told(question, other):
    """The piece of another question in which a formula stands that is asked for, on one side of an equation."""
    return next((text for text in statements(other) if says_formula(text, question["answer"])), None)


def says_formula(text, formula):
    """Is one side of an equation in a text that formula, as it is written? Not if it is a word or a number."""
    formula = squeezed(formula)
    if len(formula) < 3 or not re.search(r"[^\w\s.,]|[ᵀ′]", formula):
        return False
    sides = re.split(r"=|≈|\?|\.$|,(?![^(]*\))", squeezed(text))
    return "=" in text and formula in sides


def squeezed(text):
    """A text without what may be written or not: spaces, signs of multiplication, how an index or a power is set."""
    text = re.sub(r"\^(t\b|2)|_([0-9])", lambda m: {"t": "ᵀ", "2": "²"}.get(m[1]) or SUNK[int(m[2])], text.lower())
    return re.sub(r"[\s·*]+", "", text.replace("−", "-"))


def choice_told(question, other):
    """The piece of another question in which a right choice stands, word for word but for the words that say nothing.

    Three words are no chance. Two tell in a prompt only, where the questions also have two words or a number in common,
    and not where all that is right is asked for: there a choice of two words is a name, which may well stand elsewhere.
    A piece that a wrong choice stands in, too, tells nothing. A formula is told by an equation with it on one side.
    """
    own = content(question["question"])
    common = set(own) & set(content(other["question"]))
    choices = [c["text"] for c in other.get("choices", [])]
    data = {w for w in own if w[-1].isdigit()}
    wrong = [content(c["text"]) for c in question["choices"] if not c.get("correct")]
    for choice in (c["text"] for c in question["choices"] if c.get("correct")):
        words = content(choice)
        words = [w for w in words if w not in data] or words
        matter = sum(1 + w[-1].isdigit() for w in common - set(words))
        least = 3 if question["kind"] == "many" or matter < 2 else 2
        own_numbers = {x for text in statements(question) if text != choice for x in numbers(text)}
        figures = {x for x in numbers(choice) if digits(x) >= 3} - own_numbers
        for told in statements(other):
            said = content(told)
            others = any(w and not stands_in(w, words) and stands_in(w, said) for w in wrong)
            enough = max(least, 3) if told in choices else least
            if len(words) >= enough and stands_in(words, said) and not others:
                return told
            if any(x in numbers(told) for x in figures):
                return told
            if says_formula(told, choice):
                return told
    return None


TOLD = {"number": number_told, "interval": interval_told, "formula": formula_told}
TOLD |= {"order": order_told, "parsons": order_told}
TOLD |= dict.fromkeys(("choice", "predict", "many"), choice_told)


def told_by_others(questions):
    """(id, id of the one that tells its answer, where) of questions on one page, in their order.

    What stands below a prediction unfolds when it is made: only what stands above can tell it.
    """
    found = []
    for place, question in enumerate(questions):
        if question["kind"] in TOLD:
            others = questions[:place] if question["kind"] == "predict" else questions
            for other in others:
                if other is not question and (where := TOLD[question["kind"]](question, other)):
                    found.append((question["id"], other["id"], where))
    return found


def told_by_heading(question, headings, goals):
    """The heading or goal above a prediction that tells its right choice, or says no to a wrong one.

    All words of the right choice stand in it; or, in a heading, one that no wrong choice has. Where words of a wrong
    one stand beside them the line lists what may happen. Numbers alone tell nothing in a goal. A heading says no with
    "not" and words of one wrong choice.
    """
    prompt = set(content(question["question"].replace("-", " ")))
    right = next(set(content(c["text"])) for c in question["choices"] if c.get("correct"))
    wrong = [set(content(c["text"])) for c in question["choices"] if not c.get("correct")]
    for line in [*headings, *goals]:
        words = set(content(line))
        beyond = words - prompt
        if line in headings and re.search(r"\b(not|no|never)\b", line.lower()) and beyond:
            if any(beyond <= w for w in wrong) and not beyond & right:
                return line
        if any(words & (w - prompt - right) for w in wrong):
            continue
        if right and right <= words and (line in headings or any(w[-1].isalpha() for w in right)):
            return line
        if line in headings and (beyond & right) - set().union(*wrong):
            return line
    return None


def asked_before(question, earlier):
    """An earlier question that computes a prediction's numbers: three of them are its data or its answer."""

    def telling(values):
        return {x for x in values if x not in (-1, 0, 0.5, 1, 2)}

    own = telling(numbers(question["question"]))
    for other in earlier:
        right = [c["text"] for c in other.get("choices", []) if c.get("correct")]
        answer = [other["answer"]] if other["kind"] == "number" else [x for text in right for x in numbers(text)]
        if len(own & telling([*numbers(other["question"]), *answer])) >= 3:
            return other["id"]
    return None
