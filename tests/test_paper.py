"""What a page is given for paper: numbers, a key, words under explorers, links to what is printed."""

import re

import pytest

import paper

QUESTION = """<div class="nn-quiz nn-{kind}" id="q-{id}"><form><p class="k">{place}One is right</p></form>
<details class="nn-key"><summary>Answer</summary><p>{said}</p></details><script type="application/json">{{}}</script>
</div>"""
SOLUTION = """<section class="nn-folded" id="id7"><h4 class="nn-folded">Solution<a class="headerlink">#</a></h4>
<details class="nn-fold" id="fold-id7"><summary>Solution</summary><p id="why">Since <details><summary>Hint</summary>
so</details></p><script>alert()</script></details></section>"""
CODE = """<div class="cell {tags} docutils"><details class="admonition hide above-input"><summary>Show</summary>
<pre><span></span><span class="k">for</span> x &lt; {word}
</pre></details></div>"""


def question(id, said, kind="choice", place=""):
    return QUESTION.format(id=id, said=said, kind=kind, place=place)


def text(part):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", part)).strip()


@pytest.fixture(scope="module")
def page():
    body = "<h1>Doubt<a class='headerlink'>#</a></h1>" + question("09-p1", "Never. 0.5. Half.", "predict")
    body += (
        '<h3>Exercise 1 · pencil<a class="headerlink" href="#x">#</a></h3>' + SOLUTION + question("09-q1", "Always.")
    )
    body += CODE.format(tags="tag_hide-input", word="three")
    body += (
        '<div class="nn-explore" id="x-a"><img alt="A bend." src="data:"><script type="application/json">{}</script>'
    )
    return paper.papered(body, "notebooks/09_doubt").split('<section class="nn-paper" hidden>')


def test_questions_bear_the_numbers_of_their_answers(page):
    asked = re.findall(r'<p class="k"><a class="nn-no" href="#key-(\S+)" hidden>Question (\d)</a>', page[0])
    answered = re.findall(r'id="key-(\S+)"><b><a href="#q-(\S+)">(\d)</a></b><div><p>(.*?)</p>', page[1])
    assert asked == [("09-p1", "1"), ("09-q1", "2")]
    assert answered == [("09-p1", "09-p1", "1", "Never. 0.5. Half."), ("09-q1", "09-q1", "2", "Always.")]


def test_a_test_keeps_its_own_numbers():
    dealt = [question(f"part1-{n}", f"{n}.", place=f"Question {n} of 2 · ") for n in (1, 2)]
    body = "".join(f'<div class="nn-exam" id="t{form}">{"".join(dealt)}</div>' for form in (1, 2))
    asked, key = paper.papered(body, "book/part_test_1").split('<section class="nn-paper" hidden>')
    assert "nn-no" not in asked
    assert text(key) == "Key Answers Form 1 1 1. 2 2. Form 2 1 1. 2 2."


def test_solutions_are_repeated_without_names_and_scripts(page):
    kept, key = page
    assert '<section class="nn-folded nn-solved" id="id7">' in kept
    solution = key[key.index("<h3>Solutions") : key.index("<h3>The code")]
    assert text(solution) == "Solutions Exercise 1 · pencil Since Hint so"
    assert "<script" not in solution and " id=" not in solution


def test_code_that_the_page_folds_is_at_the_end(page):
    code = page[1][page[1].index("<h3>The code") :]
    assert "<h4>Exercise 1 · pencil</h4><pre>for x &lt; three</pre>" in code


def test_an_explorer_is_told_in_words(page):
    assert re.search(r'src="data:"><p class="nn-said" hidden>A bend.</p><script', page[0])


def test_a_page_without_questions_has_no_key():
    assert "nn-paper" not in paper.papered("<h1>Words</h1><p>Only.</p>", "book/words")


def test_a_fold_without_an_end_is_told_of():
    with pytest.raises(ValueError, match="a fold has no end: <p id"):
        paper.papered(SOLUTION.replace("</details>", ""), "book/words")


def test_links_are_shown_where_they_lead_somewhere(tmp_path):
    page = tmp_path / "notebooks" / "09_doubt.html"
    page.parent.mkdir()
    hidden = paper.papered("<h1>Doubt</h1>", "notebooks/09_doubt")
    page.write_text(hidden, encoding="utf-8")
    (tmp_path / "pdf").mkdir()
    (tmp_path / "pdf" / paper.WHOLE).touch()
    paper.offer(tmp_path)
    assert page.read_text(encoding="utf-8") == hidden and '<p class="nn-pdf" hidden>' in hidden
    (tmp_path / "pdf" / "09_doubt.pdf").touch()
    paper.offer(tmp_path)
    assert '<p class="nn-pdf">On paper: <a href="../pdf/09_doubt.pdf">' in page.read_text(encoding="utf-8")
    (tmp_path / "pdf" / paper.WHOLE).unlink()
    paper.offer(tmp_path)
    assert page.read_text(encoding="utf-8") == hidden
