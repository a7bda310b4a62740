"""Lines and rows that are moved: with the mouse, a finger and the keys, on a page of their own."""

import importlib
import json

import pytest

from nnlib import lab

from .conftest import listen, reload

quiz = importlib.import_module("nnlib.lab.questions.quiz")  # the name quiz itself is the function
ORDER = {
    **dict(id="99-m1", kind="order", goal="g", section="s", question="Put in order.", tags=[]),
    **dict(items=[f"item {n}" for n in range(10)], right="Yes.", wrong="No."),
}
PARSONS = {
    **dict(id="99-l1", kind="parsons", goal="g", section="s", question="Build f.", tags=[], exercise="99-c1"),
    "lines": [
        {"code": "def f(x):", "indent": 0},
        {"code": "total = 0", "indent": 1},
        {"code": "for k in range(len(x)):", "indent": 1},
        {"code": "step = 2 * x[k]  # " + "a long way " * 8, "indent": 2},
        {"code": "total += step", "indent": 2},
        {"code": "return total", "indent": 1},
    ],
    "before": [[1, 2], [2, 5], [3, 4]],
    "decoys": [
        {"code": "total = step", "instead": 4, "feedback": "Only the last step is left. Add."},
        {"code": "return step", "instead": 5, "feedback": "The total is asked for."},
    ],
    **dict(right="Yes.", wrong="No."),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A page with both questions and a lot of room above and below, as a file."""
    questions = [ORDER, PARSONS]
    assert [quiz.fault(q) for q in questions] == [None, None]
    shown = quiz.kits(questions) + "".join(f"<p style='height:70vh'>…</p>{quiz.render(q)}" for q in questions)
    path = tmp_path_factory.mktemp("moving") / "page.html"
    page = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>t</title><main>{shown}'
    path.write_text(f'<!doctype html><html lang="en">{page}<p style="height:90vh">…</p></main></html>', "utf-8")
    return path


@pytest.fixture(params=["desk", "phone"])
def screen(request):
    return request.param


@pytest.fixture
def opens(browser, file):
    """``opens(screen)``: the page, at a desk or on a phone of 360 pixels with a finger."""
    opened = []

    def new(screen="desk", **more):
        phone = dict(viewport={"width": 360, "height": 740}, has_touch=True)
        context = browser.new_context(
            **(phone if screen == "phone" else {"viewport": {"width": 1200, "height": 800}} | more)
        )
        opened.append(context)
        page = listen(context.new_page())
        page.goto(file.as_uri())
        page.name = file.name
        return page

    yield new
    for context in opened:
        assert all(page.faults == [] for page in context.pages)
        context.close()


class Board:
    """A question on the page: what it shows, and how its rows are dragged."""

    def __init__(self, page, question):
        self.page, self.box = page, page.locator(f"#q-{question['id']}")

    def order(self, where=".items"):
        return self.box.locator(f"{where} > li").evaluate_all("all => all.map(e => +e.dataset.i)")

    def program(self):
        rows = self.box.locator(".program > li")
        return rows.evaluate_all("all => all.map(e => [+e.dataset.i, e.querySelectorAll('.guides i').length])")

    def row(self, i):
        return self.box.locator(f"li[data-i='{i}']")

    def said(self):
        return self.box.locator(".aloud").inner_text()

    def check(self):
        self.box.locator("button[type=submit]").click()
        return self.box.locator("output").inner_text()

    def build(self, *lines):
        for i in lines:
            self.row(i).locator(".line").click()

    def focused(self):
        """The row that holds the focus, and the value of its button."""
        return self.page.evaluate(
            "[+document.activeElement.closest('li')?.dataset.i, document.activeElement.value ?? null]"
        )

    def middle(self, locator):
        box = locator.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(self, handle, to, finger, hold=0, cancel=False):
        """From the middle of a handle to a point of the window, in steps."""
        handle.scroll_into_view_if_needed()
        x, y = self.middle(handle)
        to = to() if callable(to) else to
        points = [(x + (to[0] - x) * k / 8, y + (to[1] - y) * k / 8) for k in range(1, 9)]
        if finger:
            session = self.page.context.new_cdp_session(self.page)

            def touch(kind, *at):
                points = [{"x": a, "y": b} for a, b in at]
                session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

            touch("touchStart", (x, y))
            for point in points:
                touch("touchMove", point)
            self.page.wait_for_timeout(hold)
            self.fits()
            touch("touchCancel" if cancel else "touchEnd")
        else:
            self.page.mouse.move(x, y)
            self.page.mouse.down()
            for point in points:
                self.page.mouse.move(*point)
            self.page.wait_for_timeout(hold)
            self.fits()
            if cancel:
                self.page.keyboard.press("Escape")
            self.page.mouse.up()

    def fits(self):
        """What is held over an edge of the page makes it no wider."""
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# ---- rows ------------------------------------------------------------------------------------------------------------


def test_ten_rows_are_sorted_by_nine_drags(opens, screen):
    """At most: each takes its row to its place."""
    board = Board(page := opens(screen), ORDER)
    for item in range(9):
        if board.order()[item] == item:
            continue
        target = board.row(board.order()[item])

        def above(target=target):
            x, y = board.middle(target)
            return x, y - target.bounding_box()["height"] * 0.4

        page.evaluate("document.querySelector('.items').scrollIntoView({block: 'center'})")
        board.drag(board.row(item).locator(".grip"), above, screen == "phone")
        assert board.order()[item] == item
        assert board.said() == f"now {item + 1} of 10"
    assert board.check() == "✓ Yes."
    assert board.box.locator(".dragged, .dragging, .falls").count() == 0


def test_a_drag_can_be_cancelled(opens, screen):
    board = Board(opens(screen), ORDER)
    before = board.order()
    at = board.row(before[0]).locator(".grip")
    board.drag(at, lambda: board.middle(board.row(before[4])), screen == "phone", cancel=True)
    assert board.order() == before and board.box.locator(".dragged, .falls").count() == 0


def test_a_finger_scrolls_the_page_beside_the_handle(opens):
    board = Board(page := opens("phone"), ORDER)
    before = board.order()
    text = board.row(before[5]).locator("span")
    text.scroll_into_view_if_needed()
    x, y = board.middle(text)
    top = page.evaluate("scrollY")
    board.drag(text, (x, y - 200), True)
    page.wait_for_function(f"scrollY > {top + 50}")
    assert board.order() == before


def test_at_an_edge_of_the_window_the_page_scrolls(opens, screen):
    board = Board(page := opens(screen), ORDER)
    last = board.order()[-1]
    page.evaluate("document.querySelector('.items > :last-child').scrollIntoView({block: 'end'})")
    page.evaluate("scrollBy({top: 200, behavior: 'instant'})")
    if board.row(board.order()[0]).bounding_box()["y"] > 0:
        page.set_viewport_size({"width": 360, "height": 320})
        page.evaluate("document.querySelector('.items > :last-child').scrollIntoView({block: 'end'})")
    top = page.evaluate("scrollY")
    grip = board.row(last).locator(".grip")
    board.drag(grip, lambda: (board.middle(grip)[0], 4), screen == "phone", hold=1500)
    assert page.evaluate("scrollY") < top - 100
    assert board.order().index(last) <= 1


def test_rows_by_the_keyboard(opens):
    board = Board(page := opens(), ORDER)
    press, start = page.keyboard.press, board.order()
    board.row(start[0]).locator(".grip").focus()
    press("Alt+ArrowDown")
    assert board.order()[:2] == [start[1], start[0]] and board.said() == "now 2 of 10"
    assert board.focused() == [start[0], ""]
    press("Alt+End")
    assert board.order()[-1] == start[0] and board.said() == "now 10 of 10"
    press("Alt+ArrowDown")
    assert board.said() == "still 10 of 10"
    press("Home")
    assert board.focused() == [start[1], ""] and board.order()[-1] == start[0]
    press("Space")
    grip = board.row(start[1]).locator(".grip")
    assert grip.get_attribute("aria-pressed") == "true" and board.said().startswith("grabbed, 1 of 10; arrows")
    press("ArrowDown")
    press("ArrowDown")
    assert board.order().index(start[1]) == 2 and board.said() == "now 3 of 10" and board.focused() == [start[1], ""]
    press("Escape")
    assert board.order()[0] == start[1] and board.said() == "put back, 1 of 10"
    assert grip.get_attribute("aria-pressed") == "false" and board.focused() == [start[1], ""]
    press("Enter")
    press("ArrowDown")
    press("Enter")
    assert board.order()[1] == start[1] and board.said() == "dropped, 2 of 10"
    press("Space")
    press("ArrowDown")
    press("Tab")  # goes on, and lets go
    assert board.said() == "dropped, 3 of 10" and board.focused() == [start[1], "-1"]
    assert board.box.locator(".grabbed").count() == 0


def test_one_row_is_on_the_way_of_the_tab_key(opens):
    board = Board(page := opens(), ORDER)
    board.row(board.order()[0]).locator(".grip").focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "submit"


def test_at_an_end_a_button_keeps_the_focus_and_undoes_nothing(opens):
    board = Board(page := opens(), ORDER)
    row = board.order()[1]
    up = board.row(row).locator("button[value='-1']")
    assert up.get_attribute("aria-label") == f"move ‘item {row}’ up"
    up.focus()
    for _ in range(3):
        page.keyboard.press("Enter")
    assert board.order()[0] == row and board.said() == "still 1 of 10" and board.focused() == [row, "-1"]
    assert up.get_attribute("aria-disabled") == "true" and up.is_enabled


# ---- lines -----------------------------------------------------------------------------------------------------------


def test_pressed_in_their_order_lines_are_the_program(opens, screen):
    board = Board(page := opens(screen), PARSONS)
    board.build(0, 1, 2, 3, 4, 5)
    assert board.program() == [[0, 0], [1, 1], [2, 1], [3, 2], [4, 2], [5, 2]], "indented as an editor does"
    assert board.check().startswith(
        "✗ Line 6, return total, belongs in the block of line 1, def f(x):: one step to the"
    )
    left = board.row(5).locator("button[value=left]")
    assert left.get_attribute("aria-label") == "indent ‘return total’ less"
    (left.tap if screen == "phone" else left.click)()
    assert board.said() == "now line 6 of 6, 1 step in"
    assert board.check() == "✓ Yes."
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    cut = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).length"
    assert board.box.locator("code").evaluate_all(cut) == 0


def test_what_was_built_is_remembered_and_can_be_begun_again(opens):
    board = Board(page := opens(), PARSONS)
    board.build(0, 6, 1)
    assert board.check() == "✗ Line 2, total = step: Only the last step is left. Add."
    reload(page)
    assert board.program() == [[0, 0], [6, 1], [1, 1]] and sorted(board.order(".pool")) == [2, 3, 4, 5, 7]
    assert board.box.locator("output").inner_text().startswith("✗ Line 2")
    board.box.locator("button[type=reset]").click()
    assert board.program() == [] and len(board.order(".pool")) == 8
    assert page.evaluate("localStorage.length") == 0
    assert board.check() == "Put lines into your program first."


def test_another_problem_of_this_id_is_forgotten(opens):
    board = Board(page := opens(), PARSONS)
    for stored in ([[0, 0], [0, 1]], [[99, 0]], 3):
        page.evaluate("text => localStorage.setItem('nn:99-l1', text)", json.dumps(stored))
        reload(page)
        assert board.program() == []


def test_lines_are_dragged_in_out_and_sideways(opens, screen):
    board, finger = Board(page := opens(screen), PARSONS), screen == "phone"
    board.build(0, 1, 2)

    def below(i, part=0.4):
        def point():
            x, y = board.middle(board.row(i).locator(".line"))
            return x, y + board.row(i).locator(".line").bounding_box()["height"] * part

        return point

    def dots(i):
        return board.row(i).locator(".dots")

    page.evaluate("document.querySelector('.both').scrollIntoView({block: 'center'})")
    board.drag(dots(5), below(0), finger)
    assert board.program() == [[0, 0], [5, 1], [1, 1], [2, 1]] and board.said() == "now line 2 of 4, 1 step in"
    assert board.focused() == [5, ""]
    step = 1.4 * 16 if screen == "desk" else 0.9 * 16
    x, y = board.middle(dots(2))
    board.drag(dots(2), (x + 1.1 * step, y), finger)
    assert board.program()[-1] == [2, 2]
    x, y = board.middle(dots(5))
    board.drag(dots(5), lambda: (x, below(2)()[1]), finger)
    assert board.program() == [[0, 0], [1, 1], [2, 2], [5, 1]]
    pool = board.box.locator(".pool > li").first
    board.drag(dots(2), lambda: board.middle(pool), finger)
    assert board.program() == [[0, 0], [1, 1], [5, 1]] and 2 in board.order(".pool")
    assert board.said() == "back among the lines to use; 3 in your program"
    board.drag(dots(0), below(5), finger, cancel=True)
    assert board.program() == [[0, 0], [1, 1], [5, 1]]


def test_a_program_by_the_keyboard(opens):
    board = Board(page := opens(), PARSONS)
    press = page.keyboard.press
    pool = board.order(".pool")
    board.row(pool[0]).locator(".line").focus()
    press("ArrowDown")
    assert board.focused() == [pool[1], ""]
    press("End")
    press("Home")
    press("Enter")
    assert board.program() == [[pool[0], 0]] and board.focused() == [pool[1], ""], "goes on to the next line"
    assert board.said() == "line 1 of 1; 7 left"
    press("Space")
    press("Tab")  # the chosen line of the program
    assert board.focused() == [pool[1], ""] and board.said().startswith("line 2 of 2")
    press("ArrowLeft")
    deep = board.program()[1][1]
    press("ArrowRight")
    assert board.program()[1] == [pool[1], deep + 1] and board.said() == f"now line 2 of 2, {deep + 1} step in"
    press("Alt+ArrowUp")
    assert [i for i, _ in board.program()] == [pool[1], pool[0]] and board.focused() == [pool[1], ""]
    press("Space")
    assert board.said().startswith("grabbed, line 1 of 2, 1 step in; arrows")
    press("ArrowDown")
    press("ArrowRight")
    press("Escape")
    assert board.program() == [[pool[1], 1], [pool[0], 0]] and board.said() == "put back, line 1 of 2, 1 step in"
    press("Tab")
    assert board.focused() == [pool[1], "left"]
    press("Enter")
    press("Enter")
    assert (
        board.program()[0] == [pool[1], 0]
        and board.said() == "still line 1 of 2"
        and board.focused() == [pool[1], "left"]
    )
    press("Shift+Tab")
    press("Delete")
    assert board.program() == [[pool[0], 0]] and board.focused() == [pool[0], ""]
    for _ in range(5):
        press("Tab")
    press("Enter")  # the last of its buttons puts it back
    assert board.program() == [] and board.focused() == [pool[0], ""]


def test_names_and_lists_are_told(opens):
    board = Board(opens(), PARSONS)
    board.build(0, 1)
    label = board.row(1).locator(".line").get_attribute("aria-label")
    assert label == "line 2 total = 0, 1 step in"
    assert board.box.get_by_role("list", name="Your program").get_by_role("listitem").count() == 2
    assert board.box.get_by_role("list", name="Lines to use").get_by_role("listitem").count() == 6
    assert board.box.get_by_role("group", name="line 2").get_by_role("button").count() == 5


def test_on_paper_and_without_scripts_the_lines_and_the_program_are_there(opens):
    page = opens()
    page.emulate_media(media="print")
    lines = page.locator(".nn-parsons .line")
    assert lines.count() == 8 and all(line.is_visible() for line in lines.all())
    assert (
        page.locator(".nn-parsons :is(.tools, .dots, .how, [type=submit], [type=reset])")
        .locator("visible=true")
        .count()
        == 0
    )
    page = opens(java_script_enabled=False)
    board = Board(page, PARSONS)
    assert all(line.is_visible() and line.is_disabled() for line in page.locator(".nn-parsons .line").all())
    assert not board.box.locator(".program").is_visible() and not board.box.locator(".how").is_visible()
    board.box.locator("summary").click()
    assert board.box.locator(".nn-key pre").inner_text().startswith("def f(x):\n    total = 0\n    for k in")


def test_a_test_counts_a_program(browser, tmp_path, monkeypatch):
    """And begins again with it."""
    (tmp_path / "quiz").mkdir()
    link = "../notebooks/{}_x.ipynb#s"
    bank = [PARSONS | {"id": "t-1a", "slot": 1, "link": link.format("01")}]
    bank += [ORDER | {"id": "t-2a", "slot": 2, "link": link.format("02")}]
    (tmp_path / "quiz" / "t.json").write_text(json.dumps(bank), "utf-8")
    monkeypatch.chdir(tmp_path)
    shown = lab.exam("t")._repr_mimebundle_()["text/html"]
    (tmp_path / "t.html").write_text(f'<!doctype html><html lang="en"><meta charset="utf-8"><main>{shown}', "utf-8")
    page = listen(browser.new_page(viewport={"width": 1200, "height": 900}))
    page.goto((tmp_path / "t.html").as_uri())
    board, other = Board(page, bank[0]), Board(page, bank[1])
    other.check()
    board.build(0, 1, 2, 3, 4, 5)
    board.row(5).locator("button[value=left]").click()
    assert board.check() == "✓ Yes."
    assert page.locator(".nn-score").inner_text() == "1 of 2 right at the first answer. 1 section to read:"
    page.locator("[data-again]").click()
    assert board.program() == [] and page.locator(".nn-score").inner_text() == ""
    assert page.faults == []
    page.close()


@pytest.mark.parametrize("look", [{}, {"forced_colors": "active"}, {"color_scheme": "dark", "contrast": "more"}])
def test_targets_are_large_and_named_in_every_look(opens, screen, look):
    board = Board(page := opens(screen, **look), PARSONS)
    board.build(0, 1, 2)
    board.row(2).locator(".line").focus()
    page.keyboard.press("Space")
    for box in (board.box, Board(page, ORDER).box):
        for button in box.get_by_role("button").all():
            size = button.bounding_box()
            assert min(size["width"], size["height"]) >= 24 and button.evaluate("e => e.ariaLabel || e.innerText")
    assert board.box.locator(".grabbed").evaluate("e => getComputedStyle(e).outlineStyle") == "dashed"
    guide = board.row(2).locator(".guides i").evaluate("e => getComputedStyle(e).borderLeftWidth")
    assert guide == "1px"
