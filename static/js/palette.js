// The palette (Ctrl-K, Cmd-K): go to a page, jump to a record by its reference, find one by its words.

const dialog = document.getElementById("palette");
const input = dialog?.querySelector("input");
const list = dialog?.querySelector("ul");
let asked = 0, timer = 0;

function choose(index) {
  const options = [...list.children];
  options.forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
  if (options[index]) {
    input.setAttribute("aria-activedescendant", options[index].id);
    options[index].scrollIntoView({ block: "nearest" });
  } else input.removeAttribute("aria-activedescendant");
}

function show(items) {
  list.replaceChildren(...items.map((item, at) => {
    const option = document.createElement("li");
    option.id = `palette-${at}`;
    option.setAttribute("role", "option");
    option.dataset.url = item.url;
    const label = document.createElement("span");
    label.className = "clip";
    label.dir = "auto";
    label.textContent = item.label;
    const hint = document.createElement("span");
    hint.className = "hint";
    hint.textContent = item.hint;
    option.append(label, hint);
    return option;
  }));
  input.setAttribute("aria-expanded", String(items.length > 0));
  document.dispatchEvent(new CustomEvent("ops:say", { detail: items.length ? `${items.length} results` : "Nothing found" }));
  choose(items.length ? 0 : -1);
}

async function ask() {
  const turn = ++asked;
  try {
    const answer = await fetch(`${dialog.dataset.url}?q=${encodeURIComponent(input.value)}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const { items } = await answer.json();
    if (turn === asked) show(items);
  } catch {
    if (turn === asked) show([]);
  }
}

function open() {
  if (dialog.open) return;
  dialog.showModal();
  input.value = "";
  input.focus();
  ask();
}

if (dialog) {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open(); }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette]")) { event.preventDefault(); open(); }
  });
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
  input.addEventListener("keydown", (event) => {
    const options = [...list.children];
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") choose(Math.min(options.length - 1, at + 1));
    else if (event.key === "ArrowUp") choose(Math.max(0, at - 1));
    else if (event.key === "Enter" && options[at]) location.assign(options[at].dataset.url);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[data-url]");
    if (option) location.assign(option.dataset.url);
  });
}
