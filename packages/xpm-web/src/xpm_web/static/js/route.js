// The address says what is shown, so that it can be shared: #/page/part/...?name=value

export function current() {
  const hash = location.hash.startsWith("#/") ? location.hash.slice(2) : "";
  const mark = hash.indexOf("?");
  const path = mark < 0 ? hash : hash.slice(0, mark);
  const parts = path.split("/").filter(Boolean).map(decode);
  return { parts, params: new URLSearchParams(mark < 0 ? "" : hash.slice(mark + 1)) };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Makes the address of something: link(["experiments", id], {filter}). */
export function link(parts, params = {}) {
  const kept = Object.entries(params).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(kept).toString();
  return `#/${parts.map(encodeURIComponent).join("/")}${query ? `?${query}` : ""}`;
}

export function jobLink(jobId, tab, params) {
  const slash = jobId.indexOf("/");
  const parts = ["jobs", jobId.slice(0, slash), jobId.slice(slash + 1)];
  return link(tab ? [...parts, tab] : parts, params);
}

/** Changes parameters of the address; `push` makes a step that "back" undoes. */
export function setParams(changes, { push = false } = {}) {
  const { parts, params } = current();
  const merged = { ...Object.fromEntries(params), ...changes };
  const address = link(parts, merged);
  if (address === location.hash) return;
  history[push ? "pushState" : "replaceState"](null, "", address);
  dispatchEvent(new Event("xpm-route"));
}
