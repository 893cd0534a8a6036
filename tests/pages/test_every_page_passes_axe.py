"""Every page is accessible and fits its window, in both schemes and both widths."""

import pytest

from tests.pages.conftest import visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_passes_axe(world, page_for, violations, settings, width):
    settings.DEVELOPMENT = True  # for the style guide
    page = page_for(world.person, width=width)
    found = []
    for path in [*world.paths, "/styleguide", "/no/such/page"]:
        visit(page, path)
        found += violations(page, path)
        if page.evaluate(WIDER) > 0:
            found.append(f"{path}: wider than {width} px")
    assert not found


def test_the_sign_in_page_passes_axe(db, page_for, violations):
    page = page_for(None, width=360)
    page.goto("/sign-in")
    assert not list(violations(page, "sign-in"))
    page.fill("#username", "nobody")
    page.fill("#password", "wrong")
    page.click("text=Sign in >> visible=true >> nth=-1")
    assert "do not go together" in page.inner_text("[role=alert]")
    assert not list(violations(page, "refused"))


@pytest.mark.parametrize("width", [1440, 390])
def test_open_drawers_menus_and_the_palette_pass_axe(world, page_for, violations, width):
    page = page_for(world.person, width=width)
    page.goto("/incidents")
    page.click("text=New incident")
    page.wait_for_selector("dialog.drawer[open] #new-title")
    assert not list(violations(page, "the drawer"))
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette [role=option]")
    assert not list(violations(page, "the palette"))
    page.keyboard.press("Escape")
    page.click(".rail-foot summary")
    assert not list(violations(page, "the menu"))


def test_at_200_percent_and_at_360_pixels_nothing_is_cut_off(world, page_for):
    page = page_for(world.person)
    wide = []
    for path in world.paths:
        visit(page, path)
        # 200 % zoom of a 1280 px window leaves 640 CSS pixels.
        for width in (640, 360):
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate(WIDER) > 0:
                wide.append(f"{path} at {width} px")
    assert not wide
