"""What the demonstration writes: one line a step off a terminal, a rewritten line on one, a laid-out block at the end."""

import io
import re

import pytest

from itsm_site.demo.console import Console, block


class Terminal(io.StringIO):
    """Says that people look at it."""

    def isatty(self):
        return True


def test_off_a_terminal_a_step_is_one_line():
    out = io.StringIO()
    with Console(out).step("History") as step:
        step.progress("1 of 9")
        step.progress("9 incidents")
    assert re.fullmatch(r"  History +9 incidents +0\.0 s\n", out.getvalue())


def test_on_a_terminal_the_line_is_rewritten():
    out = Terminal()
    console = Console(out)
    with console.step("History") as step:
        for number in range(50):
            step.progress(f"{number} of 50")
    *shown, last = out.getvalue().split("\r\x1b[K")
    assert last.startswith("  History         49 of 50")
    assert last.endswith(" s\n")
    # It is not rewritten faster than anybody can read.
    assert 1 <= len(shown) < 10


def test_a_step_that_is_interrupted_says_so():
    out = io.StringIO()
    with pytest.raises(RuntimeError), Console(out).step("History"):
        raise RuntimeError
    assert out.getvalue() == "  History         not finished\n"


def test_a_block_names_each_paragraph_once():
    text = block([("Open", ["http://localhost:8000"]), ("Sign in", ["amara", "jonas"])])
    assert text.splitlines() == [
        "  Open            http://localhost:8000",
        "",
        "  Sign in         amara",
        "                  jonas",
    ]
