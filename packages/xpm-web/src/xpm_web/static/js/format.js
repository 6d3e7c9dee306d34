// Values as people read them.

const SHORT_DAY = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const SHORT_YEAR = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric" });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const COUNT = new Intl.NumberFormat("en");

export const count = (number) => COUNT.format(number ?? 0);

export const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

/** A moment in the visitor's time zone, with the day if it is not today's. */
export function moment(iso) {
  if (!iso) return "";
  const then = new Date(iso);
  const now = new Date();
  if (then.toDateString() === now.toDateString()) return CLOCK.format(then);
  const day = then.getFullYear() === now.getFullYear() ? SHORT_DAY : SHORT_YEAR;
  return `${day.format(then)}, ${CLOCK.format(then).slice(0, 5)}`;
}

/** From one moment to another, or to now. */
export function between(start, end) {
  if (!start) return "";
  return duration((end ? new Date(end) : new Date()) / 1000 - new Date(start) / 1000);
}

export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "";
  if (seconds < 0) return "0 s";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${pad(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${pad(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${pad(hours % 24)} h`;
}

const pad = (number) => String(Math.floor(number)).padStart(2, "0");

export function bytes(number) {
  if (number === null || number === undefined) return "";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (number >= 1024 && unit < units.length - 1) {
    number /= 1024;
    unit += 1;
  }
  return `${number < 10 && unit ? number.toFixed(1) : Math.round(number)} ${units[unit]}`;
}

export const tagText = (value) => (typeof value === "string" ? value : JSON.stringify(value));

/** First characters of an identifier: enough to tell jobs apart. */
export const shortId = (identifier) => identifier.slice(0, 8);

export const lastPart = (taskId) => taskId.slice(taskId.lastIndexOf(".") + 1);
