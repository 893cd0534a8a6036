"""The browser that tests drive: Debian's Chromium, in the shell without windows where that is installed."""

import shutil

# The shell opens a page in a quarter of the time; what it shows is the same.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
