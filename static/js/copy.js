// Copy buttons: data-copy holds the text, or the id of the element whose text is meant ("#id").

async function put(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  // Plain http inside a network has no clipboard API; the old command still works there.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "vh";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("refused");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  event.preventDefault();
  const source = button.dataset.copy;
  const text = source.startsWith("#") ? document.querySelector(source).textContent : new URL(source, location.href).href;
  const label = button.querySelector("[data-label]") ?? button;
  const before = label.textContent;
  try {
    await put(text);
    label.textContent = "Copied";
    document.dispatchEvent(new CustomEvent("ops:say", { detail: "Copied to the clipboard" }));
  } catch {
    label.textContent = "Press Ctrl-C";
  }
  setTimeout(() => { label.textContent = before; }, 1600);
});
