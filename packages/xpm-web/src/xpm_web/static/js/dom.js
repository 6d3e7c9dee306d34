// Templates by lit-html: what is put into them is text, never markup. A style is set as a property, `.style=${...}`:
// the policy of the page takes no style from markup.

export { html, nothing, render } from "../vendor/lit-html/lit-html.js";
export { live } from "../vendor/lit-html/directives/live.js";
export { repeat } from "../vendor/lit-html/directives/repeat.js";

/** Tells people who do not see the page what happened. */
export function announce(text) {
  const place = document.getElementById("announcements");
  place.textContent = "";
  requestAnimationFrame(() => {
    place.textContent = text;
  });
}

/** Calls a function at most once in so many milliseconds, and once after the last time it was asked for. */
export function throttled(call, everyMs) {
  let timer = null;
  let last = -Infinity;
  const run = () => {
    timer = null;
    last = performance.now();
    call();
  };
  const ask = () => {
    timer ??= setTimeout(run, Math.max(0, last + everyMs - performance.now()));
  };
  ask.cancel = () => clearTimeout(timer);
  return ask;
}

/**
 * Reads one at a time; what is asked for during a read is read once more after it.
 * `busy`: an answer is on its way that may not know of what changes now: ask again.
 */
export function oneByOne(read) {
  let again = false;
  const ask = async () => {
    again = true;
    if (ask.busy) return;
    ask.busy = true;
    while (again) {
      again = false;
      await read();
    }
    ask.busy = false;
  };
  ask.busy = false;
  return ask;
}

/** Calls a function once nobody asked for it for so many milliseconds. */
export function debounced(call, afterMs) {
  let timer = null;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...given), afterMs);
  };
}
