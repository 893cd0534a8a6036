"""Every page is accessible and fits its window, in both schemes and both widths."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_passes_axe(world, page_for, axe, settings, scheme, width):
    settings.DEVELOPMENT = True  # for the style guide
    page = page_for(world.person, width=width, scheme=scheme)
    found = []
    for path in [*world.paths, "/styleguide", "/no/such/page"]:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        for violation in axe.run(page).response["violations"]:
            places = [node["target"] for node in violation["nodes"][:3]]
            found.append(f"{path}: {violation['id']} {places}")
        if page.evaluate(WIDER) > 0:
            found.append(f"{path}: wider than {width} px")
    assert not found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_page_passes_axe(db, page_for, axe, scheme):
    page = page_for(None, width=360, scheme=scheme)
    page.goto("/sign-in")
    assert not axe.run(page).response["violations"]
    page.fill("#username", "nobody")
    page.fill("#password", "wrong")
    page.click("text=Sign in >> visible=true >> nth=-1")
    assert "do not go together" in page.inner_text("[role=alert]")
    assert not axe.run(page).response["violations"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_open_drawers_menus_and_the_palette_pass_axe(world, page_for, axe, scheme, width):
    page = page_for(world.person, width=width, scheme=scheme)
    page.goto("/incidents")
    page.click("text=New incident")
    page.wait_for_selector("dialog.drawer[open] #new-title")
    assert not axe.run(page).response["violations"]
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette [role=option]")
    assert not axe.run(page).response["violations"]
    page.keyboard.press("Escape")
    page.click(".rail-foot summary")
    assert not axe.run(page).response["violations"]


def test_at_200_percent_and_at_360_pixels_nothing_is_cut_off(world, page_for):
    # 200 % zoom of a 1280 px window leaves 640 CSS pixels.
    for width in (640, 360):
        page = page_for(world.person, width=width)
        wide = []
        for path in world.paths:
            page.goto(path)
            page.wait_for_load_state("networkidle")
            if page.evaluate(WIDER) > 0:
                wide.append(f"{path} at {width} px")
        assert not wide
