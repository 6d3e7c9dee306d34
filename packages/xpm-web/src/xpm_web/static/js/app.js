// The page: what is around the parts, which part is shown, and what reaches it.

import { getWorkspace } from "./api.js";
import { actOn, dialog } from "./actions.js";
import { announce, html, nothing, render } from "./dom.js";
import { Live } from "./live.js";
import { ExperimentPage } from "./pages/experiment.js";
import { ExperimentsPage } from "./pages/experiments.js";
import { JobPage } from "./pages/job.js";
import { JobsPage } from "./pages/jobs.js";
import { OrphansPage } from "./pages/orphans.js";
import { ServicesPage } from "./pages/services.js";
import { current, link } from "./route.js";

const PAGES = [
  { name: "experiments", label: "Experiments", page: ExperimentsPage, inner: ExperimentPage, innerParts: 1 },
  { name: "jobs", label: "Jobs", page: JobsPage, inner: JobPage, innerParts: 2 },
  { name: "services", label: "Services", page: ServicesPage },
  { name: "orphans", label: "Orphans", page: OrphansPage },
];

const LIVE_TEXT = { connecting: "connecting", live: "live", lost: "connection lost" };

const KEYS = [
  ["/", "go to the filter"],
  ["↑ ↓ Page Up/Down Home End", "move in the table of jobs"],
  ["Enter", "open the job"],
  ["Space", "select the job"],
  ["Ctrl + A", "select all jobs that are loaded"],
  ["Esc", "clear the selection; leave the filter"],
  ["g then e, j, s, o", "experiments, jobs, services, orphans"],
  ["t", "light or dark"],
  ["?", "this help"],
];

class App {
  constructor() {
    this.root = document.getElementById("app");
    this.workspace = null;
    this.live = "connecting";
    this.toasts = [];
    this.drawing = false;
    this.stream = new Live({
      onChanges: (data) => this.page?.changes?.(data),
      onState: (state) => this.#liveIs(state),
    });
    addEventListener("hashchange", () => this.#route(true));
    addEventListener("xpm-route", () => this.#route(false));
    addEventListener("xpm-theme", () => this.draw());
    addEventListener("keydown", (event) => this.#key(event));
    document.getElementById("skip").addEventListener("click", (event) => {
      event.preventDefault();
      document.getElementById("main")?.focus();
    });
    setInterval(() => !document.hidden && this.draw(), 1000); // durations go on
  }

  start() {
    // The server wrote the position before anything was read: no change is missed.
    this.stream.start(document.querySelector("meta[name=xpm-position]").content);
    this.#route(true);
    this.#readWorkspace();
  }

  async #readWorkspace() {
    try {
      this.workspace = await getWorkspace();
      this.problem = null;
    } catch (error) {
      this.problem = error.message;
    }
    const experiment = this.workspace?.experiment_id;
    if (experiment && !location.hash) {
      this.shownKey = undefined; // nobody went anywhere: the focus stays where it is
      location.replace(link(["experiments", experiment]));
    }
    this.draw();
  }

  /** Has the page drawn before the next frame. */
  draw() {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      render(this.#view(), this.root);
      this.page?.placed?.(this.root);
    });
  }

  act(action, jobIds) {
    return actOn(this, action, jobIds);
  }

  toast(text, wrong = false) {
    const toast = { text, wrong };
    this.toasts.push(toast);
    announce(text);
    setTimeout(() => {
      this.toasts = this.toasts.filter((other) => other !== toast);
      this.draw();
    }, wrong ? 10_000 : 5000);
    this.draw();
  }

  #liveIs(state) {
    const lost = state === "lost";
    if (state === this.live && !lost) return;
    if (lost && state !== this.live) announce("connection lost; trying again");
    this.live = state;
    // Says whether a new link is needed; each time that it is tried in vain, since the reason may change.
    if (this.workspace || lost) this.#readWorkspace();
    this.draw();
  }

  #route(moved) {
    const route = current();
    const [name = "experiments", ...rest] = route.parts;
    const chosen = PAGES.find((page) => page.name === name) ?? PAGES[0];
    const inner = chosen.inner && rest.length >= chosen.innerParts;
    const Page = inner ? chosen.inner : chosen.page;
    const key = JSON.stringify([chosen.name, inner ? rest.slice(0, chosen.innerParts) : []]);
    if (key !== this.key) {
      this.page?.close?.();
      this.key = key;
      this.chosen = chosen;
      this.page = new Page(this, rest);
    }
    this.page.update?.(route.params, rest);
    document.title = `${this.page.title} · Experimaestro`;
    this.draw();
    if (moved && this.shownKey !== undefined && this.shownKey !== key) {
      requestAnimationFrame(() => requestAnimationFrame(() => this.root.querySelector("h1")?.focus()));
      scrollTo(0, 0);
    }
    this.shownKey = key;
  }

  #key(event) {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox";
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const goes = this.going ? { e: "experiments", j: "jobs", s: "services", o: "orphans" }[event.key] : null;
    this.going = event.key === "g";
    if (goes) {
      location.hash = link([goes]);
    } else if (event.key === "/") {
      const filter = document.getElementById("filter");
      if (!filter) return;
      filter.focus();
      filter.select();
    } else if (event.key === "?") {
      dialog("Keys", html`<dl class="keys">${KEYS.map(([key, what]) => html`<dt><kbd>${key}</kbd></dt><dd>${what}</dd>`)}</dl>`);
    } else if (event.key === "t") {
      window.xpmTheme.toggle();
    } else {
      return;
    }
    event.preventDefault();
  }

  #view() {
    return html`
      <header class="top">
        <a class="brand" href="#/experiments"><span class="logo" aria-hidden="true"></span>Experimaestro</a>
        <nav aria-label="Parts">
          ${PAGES.map(
            ({ name, label }) => html`<a href=${link([name])} aria-current=${this.chosen.name === name ? "page" : nothing}>${label}</a>`,
          )}
        </nav>
        <span class="workspace" title=${this.workspace?.title ?? ""}>${this.workspace?.title ?? ""}</span>
        <span class="live ${this.live}" title="changes are shown as they come: ${LIVE_TEXT[this.live]}">${LIVE_TEXT[this.live]}</span>
        <button type="button" class="icon-button" aria-label="Keys" title="Keys (?)" @click=${() => this.#key(new KeyboardEvent("keydown", { key: "?" }))}>?</button>
        <button
          type="button"
          class="icon-button"
          aria-label=${window.xpmTheme.dark ? "Light colours" : "Dark colours"}
          title="Light or dark (t)"
          @click=${() => window.xpmTheme.toggle()}
        >
          ${window.xpmTheme.dark ? "☀" : "☾"}
        </button>
      </header>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      <main id="main" tabindex="-1">${this.page.view()}</main>
      <div class="toasts" aria-hidden="true">
        ${this.toasts.map(({ text, wrong }) => html`<div class="toast ${wrong ? "wrong" : ""}">${text}</div>`)}
      </div>
    `;
  }
}

new App().start();
