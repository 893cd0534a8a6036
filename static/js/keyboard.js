// The keyboard: single keys as the sheet (?) lists them. <html data-keys="off"> switches all of them off.

const root = document.documentElement;
let jump = 0;

const rows = () => [...document.querySelectorAll("tr[data-href]")];
const current = () => document.querySelector("tr[data-at]");

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
  for (const row of all) row.removeAttribute("data-at");
  next.setAttribute("data-at", "");
  next.querySelector("a.title")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function press(key) {
  const target = current()?.querySelector(`[data-key="${key}"]`) ?? document.querySelector(`[data-key="${key}"]:not(tr [data-key])`);
  if (!target) return false;
  if (target.matches("input, textarea, select")) target.focus();
  else target.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (root.dataset.keys === "off") return;
  const from = event.target;
  if (from.isContentEditable || from.matches("input:not([type=checkbox], [type=radio]), textarea, select")) return;
  if (document.querySelector("dialog[open]")) return;
  const key = event.key;
  if (Date.now() - jump < 1200) {
    jump = 0;
    const link = document.querySelector(`[data-go="${key}"]`);
    if (link) { event.preventDefault(); link.click(); }
    return;
  }
  if (key === "g") { jump = Date.now(); return; }
  if (key === "j" || key === "k") { event.preventDefault(); move(key === "j" ? 1 : -1); return; }
  if (key === "x") {
    const box = current()?.querySelector("input[type=checkbox]");
    if (box) { event.preventDefault(); box.click(); }
    return;
  }
  if (key === "Enter" && from === document.body) {
    const link = current()?.querySelector("a.title");
    if (link) { event.preventDefault(); link.click(); }
    return;
  }
  if (/^[aesc/?]$/.test(key) && press(key)) event.preventDefault();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (!row || row.hasAttribute("data-at")) return;
  for (const other of rows()) other.removeAttribute("data-at");
  row.setAttribute("data-at", "");
});
