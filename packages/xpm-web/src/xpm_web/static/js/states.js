// How states look: a sign and a word, never a colour alone.

import { html, nothing } from "./dom.js";
import { count } from "./format.js";

const SIGNS = {
  DONE: "✓",
  ERROR: "✕",
  RUNNING: "▶",
  SCHEDULED: "◔",
  READY: "○",
  WAITING: "○",
  UNSCHEDULED: "–",
  done: "✓",
  failed: "✕",
  running: "▶",
  detached: "◔",
  interrupted: "!",
  unknown: "?",
  STOPPED: "–",
  STARTING: "◔",
  STOPPING: "◔",
};

/** Families of states, in the order in which bars and chips show them. */
export const FAMILIES = [
  { key: "done", label: "done", states: ["DONE"] },
  { key: "running", label: "running", states: ["RUNNING"] },
  { key: "scheduled", label: "scheduled", states: ["SCHEDULED"] },
  { key: "waiting", label: "waiting", states: ["WAITING", "READY"] },
  { key: "failed", label: "failed", states: ["ERROR"] },
  { key: "unscheduled", label: "unscheduled", states: ["UNSCHEDULED"] },
];

const CLASSES = {
  DONE: "done", ERROR: "failed", RUNNING: "running", SCHEDULED: "scheduled", READY: "waiting",
  WAITING: "waiting", UNSCHEDULED: "unscheduled", STARTING: "scheduled", STOPPING: "scheduled",
  STOPPED: "unscheduled", detached: "scheduled", interrupted: "waiting", unknown: "unscheduled",
};

export const stateClass = (state) => CLASSES[state] ?? state ?? "unscheduled";

export function pill(state, reason, title) {
  if (!state) return html`<span class="pill unscheduled">unknown</span>`;
  const word = reason && reason !== "FAILED" ? `${state.toLowerCase()}: ${reason.toLowerCase()}` : state.toLowerCase();
  return html`<span class="pill ${stateClass(state)}" title=${title ?? nothing}
    ><span aria-hidden="true">${SIGNS[state] ?? "•"}</span> ${word}</span
  >`;
}

/** A bar with the share of each family. */
export function bar(jobs = {}) {
  const total = jobs.total ?? 0;
  const told = FAMILIES.filter(({ key }) => jobs[key]).map(({ key, label }) => `${count(jobs[key])} ${label}`);
  return html`<span class="bar" role="img" aria-label=${told.join(", ") || "no job"} title=${told.join(", ")}>
    ${total ? FAMILIES.map(({ key }) => jobs[key] ? html`<span class=${key} .style=${`flex-grow: ${jobs[key] / total}`}></span>` : nothing) : nothing}
  </span>`;
}

export function progressText(job) {
  const [outer] = job.progress ?? [];
  if (!outer || job.status.state === "DONE") return "";
  return `${Math.round((outer.value ?? 0) * 100)} %`;
}

export function progressBar(job) {
  const [outer] = job.progress ?? [];
  if (!outer || job.status.state === "DONE") return nothing;
  const percent = Math.round((outer.value ?? 0) * 100);
  return html`<progress max="100" .value=${percent} aria-label="progress"></progress
    ><span class="percent">${percent} %</span>`;
}
