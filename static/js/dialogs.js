// Drawers, dialogs, pop-overs and confirmations. Each is a link or a <details> that works without this file.

const drawer = document.getElementById("drawer");
const body = document.getElementById("drawer-body");

function panelOf(url) {
  const path = new URL(url, location.href).searchParams.get("panel");
  return path && /^\/[^/\\]/.test(path) ? path : null;
}

async function open(path, push) {
  if (!drawer.open) drawer.showModal();
  body.setAttribute("aria-busy", "true");
  await window.htmx.ajax("GET", path, { target: body, swap: "innerHTML" });
  body.removeAttribute("aria-busy");
  const title = body.querySelector("h2");
  if (title) drawer.setAttribute("aria-label", title.textContent.trim());
  (body.querySelector("[autofocus]") ?? body.querySelector("input:not([type=hidden]), select, textarea, a, button"))?.focus();
  if (push) {
    const url = new URL(location.href);
    url.searchParams.set("panel", path);
    history.pushState({ panel: path }, "", url);
  }
}

function forget() {
  const url = new URL(location.href);
  if (!url.searchParams.has("panel")) return;
  url.searchParams.delete("panel");
  history.replaceState({}, "", url);
}

if (drawer) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-drawer]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    link.closest("details[open]")?.removeAttribute("open");
    const url = new URL(link.href);
    open(url.pathname + url.search, true);
  });
  document.addEventListener("ops:close", () => drawer.close());
  drawer.addEventListener("close", () => { body.replaceChildren(); forget(); });
  window.addEventListener("popstate", () => {
    const path = panelOf(location.href);
    if (path) open(path, false);
    else if (drawer.open) drawer.close();
  });
  const path = panelOf(location.href);
  if (path) open(path, false);
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (dialog?.showModal) { event.preventDefault(); dialog.showModal(); }
    return;
  }
  if (event.target.closest("[data-close]")) {
    event.preventDefault();
    event.target.closest("dialog")?.close();
    return;
  }
  if (event.target.matches("dialog[open]")) event.target.close(); // the shade around it
  for (const pop of document.querySelectorAll("details.pop[open]")) {
    if (!pop.contains(event.target)) pop.open = false;
  }
});

document.addEventListener("toggle", (event) => {
  const pop = event.target;
  if (!(pop instanceof HTMLDetailsElement) || !pop.open || !pop.matches(".pop")) return;
  pop.querySelector(".pop-box :is(input:not([type=hidden]), select, textarea)")?.focus();
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const pop = event.target.closest?.("details.pop[open]") ?? document.querySelector("details.pop[open]");
  if (!pop) return;
  pop.open = false;
  pop.querySelector("summary").focus();
  event.preventDefault();
});

// A question before what cannot be taken back: data-confirm on the form or the button.
const ask = document.getElementById("confirm");
document.addEventListener("submit", (event) => {
  const asking = event.submitter?.closest("[data-confirm]") ?? event.target.closest("[data-confirm]");
  if (!asking || !ask || event.target.dataset.sure) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const form = event.target, submitter = event.submitter;
  ask.querySelector("[data-question]").textContent = asking.dataset.confirm;
  ask.addEventListener("close", () => {
    if (ask.returnValue !== "yes") return;
    form.dataset.sure = "1";
    form.requestSubmit(submitter);
    delete form.dataset.sure;
  }, { once: true });
  ask.returnValue = "";
  ask.showModal();
}, true);
