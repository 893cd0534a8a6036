// Theme, time zone and keyboard: applied at once, remembered by the server. Without this file the same forms reload the page.

const root = document.documentElement;

document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  if (!form.matches("[data-preferences]") || !button?.name) return;
  event.preventDefault();
  root.dataset[button.name] = button.value;
  for (const other of document.querySelectorAll(`[data-preferences] [name="${button.name}"]`)) {
    other.setAttribute("aria-pressed", String(other.value === button.value));
  }
  if (button.name === "zone") document.dispatchEvent(new Event("ops:zone"));
  const body = new FormData(form);
  body.set(button.name, button.value);
  fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } }).catch(() => {});
});
