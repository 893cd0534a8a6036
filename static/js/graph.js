// Graphs that are wider than their place begin in view of the item they are about.

function centre(scope) {
  for (const graph of scope.querySelectorAll(".scroll-x > .graph")) {
    const self = graph.querySelector(".self");
    const place = graph.parentElement;
    if (!self || place.scrollWidth <= place.clientWidth) continue;
    const middle = self.getBoundingClientRect().left - place.getBoundingClientRect().left + place.scrollLeft;
    place.scrollLeft = middle - (place.clientWidth - self.getBoundingClientRect().width) / 2;
  }
}

document.addEventListener("htmx:load", (event) => centre(event.detail.elt));
centre(document);
