// Live without jumping: polled fragments replace only what changed, changed cells flash once, lost contact is marked.

const before = new WeakMap();

function seen() {
  return [...document.querySelectorAll("tr[data-v]")].map((row) => `${row.id}:${row.dataset.v}`).join(",");
}

document.addEventListener("htmx:configRequest", (event) => {
  const live = event.detail.elt.closest("[data-live]");
  if (live?.dataset.live === "rows") event.detail.parameters.seen = seen();
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const live = event.detail.elt.closest("[data-live]");
  if (!live) return;
  // Nobody looks at a hidden page, and a form that is being filled in must not be swapped away.
  const busy = live.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
  if (document.hidden || busy) event.preventDefault();
});

function stale(on) {
  if (on === "stale" in document.body.dataset) return;
  if (!on) { delete document.body.dataset.stale; return; }
  document.body.dataset.stale = "1";
  const at = document.querySelector(".stale time");
  if (at) { at.dateTime = new Date().toISOString(); document.dispatchEvent(new Event("ops:zone")); }
  document.dispatchEvent(new CustomEvent("ops:say", { detail: "Connection lost. What is shown may be out of date." }));
}

for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(name, (event) => { if (event.detail.elt.closest("[data-live]")) stale(true); });
}
document.addEventListener("htmx:afterOnLoad", (event) => { if (event.detail.elt.closest("[data-live]")) stale(false); });
window.addEventListener("offline", () => stale(true));

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const row = event.detail.target;
  if (!row.matches("tr")) return;
  const box = row.querySelector("input[type=checkbox]");
  before.set(document, {
    id: row.id,
    at: row.hasAttribute("data-at"),
    checked: box?.checked,
    cells: [...row.cells].map((cell) => cell.textContent.replace(/\s+/g, " ")),
  });
});
document.addEventListener("htmx:oobAfterSwap", (event) => {
  const old = before.get(document);
  const row = old && document.getElementById(old.id);
  if (!row || !row.cells || row !== event.detail.target && !row.isConnected) return;
  [...row.cells].forEach((cell, at) => {
    if (old.cells[at] !== cell.textContent.replace(/\s+/g, " ")) cell.classList.add("flash");
  });
  if (old.at) row.setAttribute("data-at", "");
  const box = row.querySelector("input[type=checkbox]");
  if (box && old.checked) box.checked = true;
  before.delete(document);
});
