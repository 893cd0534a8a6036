// Times: words that stay true while the page is open, and the switch between UTC and local time.

const root = document.documentElement;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const MINUTE = 60, HOUR = 3600, DAY = 86400;

function words(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < MINUTE) return `${s} s`;
  if (s < HOUR) return `${Math.floor(s / MINUTE)} m`;
  if (s < DAY) return two(Math.floor(s / HOUR), "h", Math.floor((s % HOUR) / MINUTE), "m");
  return two(Math.floor(s / DAY), "d", Math.floor((s % DAY) / HOUR), "h");
}

function two(first, unit, second, smaller) {
  return second ? `${first} ${unit} ${second} ${smaller}` : `${first} ${unit}`;
}

function absolute(date, local) {
  const pad = (n) => String(n).padStart(2, "0");
  const part = (name) => pad(date[(local ? "get" : "getUTC") + name]());
  const day = `${date[local ? "getFullYear" : "getUTCFullYear"]()}-${pad(date[local ? "getMonth" : "getUTCMonth"]() + 1)}-${part("Date")}`;
  return { day, clock: `${part("Hours")}:${part("Minutes")}:${part("Seconds")}`, zone: local ? "local" : "UTC" };
}

const STYLES = {
  age: (s) => words(s),
  ago: (s) => (s < 5 ? "just now" : s < 0 ? `in ${words(-s)}` : `${words(s)} ago`),
  left: (s) => (s > 0 ? `${words(s)} over` : `${words(-s)} left`),
};

function refresh(scope) {
  const local = root.dataset.zone === "local";
  const now = Date.now() / 1000;
  for (const el of scope.querySelectorAll("time[datetime]")) {
    const date = new Date(el.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    const { day, clock, zone } = absolute(date, local);
    const style = el.dataset.rel;
    const age = now - date.getTime() / 1000;
    let text;
    if (STYLES[style]) text = STYLES[style](age);
    else if (style === "clock") text = clock;
    else if (style === "short") text = `${Number(day.slice(8))} ${MONTHS[Number(day.slice(5, 7)) - 1]} ${clock.slice(0, 5)}`;
    else text = `${day} ${clock} ${zone}`;
    if (el.textContent !== text) el.textContent = text;
    el.title = STYLES[style] ? `${day} ${clock} ${zone}` : `${day} ${clock} ${zone}, ${STYLES.ago(age)}`;
  }
}

document.addEventListener("ops:zone", () => refresh(document));
document.addEventListener("htmx:load", (event) => refresh(event.detail.elt.parentElement ?? document));
setInterval(() => { if (!document.hidden) refresh(document); }, 10_000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(document); });
refresh(document);
