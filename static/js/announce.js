// What is said aloud and what floats up: the polite live region and the toasts.

const region = document.getElementById("announce");
const toasts = document.getElementById("toasts");

function say(text) {
  if (!region) return;
  region.textContent = "";
  // A region that is emptied and filled in one go is not read by every screen reader.
  setTimeout(() => { region.textContent = text; }, 60);
}

function toast(text, bad) {
  if (!toasts) return;
  const box = document.createElement("div");
  box.className = bad ? "toast toast-bad" : "toast";
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-plain btn-s";
  close.textContent = "Dismiss";
  close.addEventListener("click", () => box.remove());
  box.append(words, close);
  toasts.append(box);
  if (!bad) setTimeout(() => box.remove(), 6000);
}

document.addEventListener("ops:say", (event) => say(event.detail));
document.addEventListener("ops:toast", (event) => {
  const { text, bad } = typeof event.detail === "string" ? { text: event.detail } : event.detail;
  toast(text, bad);
});
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.elt.closest("[data-live]")) return;
  const status = event.detail.xhr.status;
  toast(status === 404 ? "That record is not there any more." : `The server refused this (${status}). Nothing was changed.`, true);
});
document.addEventListener("htmx:sendError", (event) => {
  if (!event.detail.elt.closest("[data-live]")) toast("No answer from the server. Nothing is known to have changed; try again.", true);
});
