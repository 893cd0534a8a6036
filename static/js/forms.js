// Forms: the first error takes the focus, a double click sends once, Ctrl-Enter sends.

function focusError(scope) {
  const bad = scope.querySelector("[aria-invalid='true']");
  if (bad) bad.focus();
}

document.addEventListener("htmx:afterSettle", (event) => focusError(event.detail.elt));
focusError(document);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.hasAttribute("hx-post") || form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
});
// Back brings the page from memory; its forms may be sent again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest?.("form");
  if (form && event.target.matches("textarea, input")) { event.preventDefault(); form.requestSubmit(); }
});

document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-all]");
  if (all) {
    for (const box of document.querySelectorAll(all.dataset.all)) box.checked = all.checked;
  }
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  if (!event.target.matches("[type='checkbox']")) return;
  for (const count of document.querySelectorAll("[data-count]")) {
    count.textContent = document.querySelectorAll(count.dataset.count).length;
  }
});

document.addEventListener("input", (event) => {
  const output = event.target.matches("[type='range'][data-base]") && document.getElementById(event.target.dataset.output);
  if (!output) return;
  output.dateTime = new Date(Number(event.target.dataset.base) + Number(event.target.value) * 1000).toISOString();
  document.dispatchEvent(new Event("ops:zone"));
});
