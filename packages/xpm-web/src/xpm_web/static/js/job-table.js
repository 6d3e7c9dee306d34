// A table over any number of jobs: only the rows that are seen exist, and only their pages are asked for.

import { listJobs } from "./api.js";
import { announce, debounced, html, live, nothing, repeat, throttled } from "./dom.js";
import { between, bytes, count, lastPart, moment, plural, shortId, tagText } from "./format.js";
import { jobLink, setParams } from "./route.js";
import { FAMILIES, pill, progressBar } from "./states.js";
import { Rows } from "./rows.js";

const ROW = 38;
const OVERSCAN = 8;
/** Browsers draw no element higher than some millions of pixels: above, scrolling is in proportion. */
const MAX_HEIGHT = 8_000_000;

const COLUMNS = [
  { key: "state", label: "State", first: "state" },
  { key: "task", label: "Task", first: "task" },
  { key: null, label: "Tags" },
  { key: null, label: "Progress" },
  { key: "submitted", label: "Submitted", first: "-submitted" },
  { key: "duration", label: "Duration", first: "-duration" },
  { key: "memory", label: "Memory", first: "-memory" },
];

export class JobTable {
  /**
   * @param {object} app draws again, and acts
   * @param {() => {experiment_id?: string, run_id?: string}} scope which jobs, before the filter
   */
  constructor(app, scope) {
    this.app = app;
    this.scope = scope;
    this.rows = new Rows(
      (query, signal) => listJobs({ ...this.scope(), filter: this.filter, order: this.order, ...query }, signal),
      () => app.draw(),
    );
    this.selected = new Set();
    this.active = 0;
    this.top = 0;
    this.height = 600;
    this.reread = throttled(() => this.rows.refresh(), 1000);
    this.applyFilter = debounced((filter) => this.#choose({ filter }), 250);
  }

  /** The address changed. */
  update(params) {
    this.filter = params.get("filter") ?? "";
    this.order = params.get("order") ?? "-submitted";
    const key = JSON.stringify([this.scope(), this.filter, this.order]);
    if (key === this.key) return;
    const first = this.key === undefined;
    this.key = key;
    this.selected.clear();
    this.active = first ? Number(params.get("row") ?? 0) : 0;
    this.rows.reset();
    this.#ask();
    if (this.scroller) this.scroller.scrollTop = 0;
    if (first && this.active) this.toScroll = true;
  }

  close() {
    this.reread.cancel();
    this.rows.close();
  }

  /** Something changed in the workspace. */
  changes(data) {
    if (data.reset) {
      this.rows.refresh();
      return;
    }
    const late = this.rows.busy;
    const known = this.rows.patch(data.jobs ?? []);
    const total = this.rows.total ?? 0;
    // What is filtered or ordered by what changes moves, and new jobs come: now and then, it is read again.
    const { experiment_id: experiment } = this.scope();
    const ours = (data.jobs ?? []).some((job) => !experiment || job.experiment_id === experiment);
    const whole = known === (data.jobs ?? []).length && !this.filter && this.order === "-submitted";
    if ((ours && (late || !whole)) || data.removed_jobs?.length || !total) this.reread();
  }

  #choose(changes) {
    setParams({ row: null, ...changes }, { push: true });
  }

  // --- Scrolling

  get #total() {
    return this.rows.total ?? 0;
  }

  get #full() {
    return Math.min(MAX_HEIGHT, this.#total * ROW);
  }

  /** First row that is seen, and where rows begin. */
  get #window() {
    const real = this.#total * ROW;
    const visible = Math.ceil(this.height / ROW);
    let exact = this.top;
    if (real > MAX_HEIGHT) {
      exact = (this.top / Math.max(1, MAX_HEIGHT - this.height)) * (real - this.height);
    }
    const seen = Math.max(0, Math.floor(exact / ROW));
    const first = Math.max(0, seen - OVERSCAN);
    const last = Math.min(this.#total, seen + visible + OVERSCAN);
    return { first, last, seen, visible, offset: this.top - (exact - first * ROW) };
  }

  #scrolled = () => {
    this.top = this.scroller.scrollTop;
    this.height = this.scroller.clientHeight;
    this.#ask();
    this.app.draw();
  };

  #ask() {
    const { first, last } = this.#window;
    this.rows.want(first, Math.max(last, first + 30));
  }

  #show(row) {
    const { seen, visible } = this.#window;
    if (row < seen || row >= seen + visible - 2) {
      const real = this.#total * ROW;
      const wanted = Math.max(0, (row < seen ? row : row - visible + 3) * ROW);
      const ratio = real > MAX_HEIGHT ? (MAX_HEIGHT - this.height) / (real - this.height) : 1;
      this.scroller.scrollTop = wanted * ratio;
    }
  }

  /** Learns of its place on the page: called after each drawing. */
  placed(root) {
    const scroller = root.querySelector(".jobs-scroll");
    if (scroller !== this.scroller) {
      this.observer?.disconnect();
      this.scroller = scroller;
      if (scroller) {
        scroller.addEventListener("scroll", this.#scrolled, { passive: true });
        this.observer = new ResizeObserver(this.#scrolled);
        this.observer.observe(scroller);
        scroller.scrollTop = this.top;
      }
    }
    if (this.toScroll && scroller && this.rows.total !== null) {
      this.toScroll = false;
      this.#show(this.active);
    }
  }

  // --- Keys

  #key = (event) => {
    if (event.target !== this.scroller || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.height / ROW) - 2);
    const moves = {
      ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: page, PageUp: -page,
      Home: -this.#total, End: this.#total,
    };
    if (event.key in moves && !event.ctrlKey) {
      this.#activate(Math.min(this.#total - 1, Math.max(0, this.active + moves[event.key])));
    } else if (event.key === "Enter") {
      const job = this.rows.at(this.active);
      if (job) location.hash = jobLink(job.job_id);
    } else if (event.key === " ") {
      this.#toggle(this.active);
    } else if (event.key === "a" && event.ctrlKey) {
      this.rows.loaded().forEach((job) => this.selected.add(job.job_id));
      this.app.draw();
    } else if (event.key === "Escape" && this.selected.size) {
      this.selected.clear();
      this.app.draw();
    } else {
      return;
    }
    event.preventDefault();
  };

  #activate(row) {
    this.active = row;
    this.#show(row);
    setParams({ row: row || null });
    this.app.draw();
  }

  #toggle(row) {
    const job = this.rows.at(row);
    if (!job) return;
    if (!this.selected.delete(job.job_id)) this.selected.add(job.job_id);
    this.app.draw();
  }

  #sort(column) {
    const [down, up] = [column.first, column.first.startsWith("-") ? column.key : `-${column.key}`];
    const order = this.order === down ? up : down;
    this.#choose({ order: order === "-submitted" ? null : order });
    announce(`sorted by ${column.label}, ${order.startsWith("-") ? "descending" : "ascending"}`);
  }

  // --- Drawing

  view(counts) {
    return html`
      <div class="toolbar">${this.#filterView()} ${this.#chips(counts)}</div>
      ${this.#selection()}
      <div
        class="jobs-scroll"
        role="grid"
        tabindex="0"
        aria-label="Jobs"
        aria-rowcount=${this.#total + 1}
        aria-multiselectable="true"
        aria-activedescendant=${this.rows.at(this.active) ? `job-row-${this.active}` : nothing}
        @keydown=${this.#key}
      >
        <div role="rowgroup" class="jobs-head">
          <div role="row" class="job-row" aria-rowindex="1">
            <span role="columnheader" class="select"><span class="visually-hidden">Selected</span></span>
            ${COLUMNS.map((column) => this.#header(column))}
          </div>
        </div>
        ${this.#body()}
      </div>
    `;
  }

  #filterView() {
    const { problem } = this.rows;
    const wrong = problem?.status === 400;
    return html`
      <div class="filter ${wrong ? "wrong" : ""}">
        <label class="visually-hidden" for="filter">Filter</label>
        <input
          id="filter"
          type="search"
          spellcheck="false"
          autocomplete="off"
          placeholder='Filter: @state = "ERROR" and lr = 0.1'
          .value=${live(this.typed ?? this.filter)}
          aria-invalid=${wrong ? "true" : "false"}
          aria-describedby="filter-problem"
          @input=${(event) => {
            this.typed = event.target.value;
            this.applyFilter(this.typed);
          }}
          @blur=${() => {
            this.typed = undefined;
          }}
          @keydown=${(event) => event.key === "Escape" && this.scroller.focus()}
        />
        <span id="filter-problem" role="alert">${this.#problemText(problem, wrong)}</span>
      </div>
    `;
  }

  #problemText(problem, wrong) {
    if (!problem) return nothing;
    if (!wrong || problem.column === null || problem.column === undefined) return problem.message;
    return html`<b>column ${problem.column + 1}</b>: ${problem.message}`;
  }

  #chips(counts) {
    const shown = FAMILIES.filter(({ key }) => counts?.[key] && key !== "unscheduled");
    const filterOf = (states) =>
      states.length === 1 ? `@state = "${states[0]}"` : `@state in [${states.map((s) => `"${s}"`).join(", ")}]`;
    return html`
      <div class="chips" role="group" aria-label="Only jobs in this state">
        ${shown.map(({ key, label, states }) => {
          const filter = filterOf(states);
          const on = this.filter === filter;
          return html`<button
            type="button"
            class="chip ${key}"
            aria-pressed=${on ? "true" : "false"}
            @click=${() => this.#choose({ filter: on ? null : filter })}
          >
            ${count(counts[key])} ${label}
          </button>`;
        })}
      </div>
      <span class="shown">${this.rows.total === null ? "" : plural(this.#total, "job")}</span>
    `;
  }

  #selection() {
    if (!this.selected.size) return nothing;
    const ids = [...this.selected];
    const act = (action) => this.app.act(action, ids);
    return html`
      <div class="selection" role="region" aria-label="Selected jobs">
        <b>${plural(ids.length, "job")} selected</b>
        <button type="button" @click=${() => act("kill")}>Kill</button>
        <button type="button" @click=${() => act("retry")}>Retry</button>
        <button type="button" class="danger" @click=${() => act("clean")}>Clean</button>
        <button
          type="button"
          class="quiet"
          @click=${() => {
            this.selected.clear();
            this.app.draw();
          }}
        >
          Clear
        </button>
      </div>
    `;
  }

  #header(column) {
    if (!column.key) return html`<span role="columnheader">${column.label}</span>`;
    const name = this.order.replace("-", "");
    const on = name === column.key;
    const down = this.order.startsWith("-");
    return html`<span role="columnheader" aria-sort=${on ? (down ? "descending" : "ascending") : "none"}>
      <button type="button" class="sort" @click=${() => this.#sort(column)}>
        ${column.label} <span aria-hidden="true" class="arrow">${on ? (down ? "↓" : "↑") : ""}</span>
      </button>
    </span>`;
  }

  #body() {
    const { first, last, offset } = this.#window;
    const numbers = Array.from({ length: Math.max(0, last - first) }, (_, n) => first + n);
    return html`
      <div role="rowgroup" class="jobs-body" .style=${`height: ${this.#full}px`}>
        <div role="presentation" class="jobs-window" .style=${`transform: translateY(${Math.round(offset)}px)`}>
          ${repeat(numbers, (number) => number, (number) => this.#row(number))}
        </div>
      </div>
      ${this.rows.total === 0 && !this.rows.problem
        ? html`<div class="empty" role="row"><span role="gridcell">${this.filter ? "No job fits the filter." : "No job yet."}</span></div>`
        : nothing}
    `;
  }

  #row(number) {
    const job = this.rows.at(number);
    if (!job) return html`<div role="row" class="job-row loading" aria-rowindex=${number + 2}><span role="gridcell">…</span></div>`;
    const selected = this.selected.has(job.job_id);
    return html`<div
      role="row"
      id="job-row-${number}"
      class="job-row ${number === this.active ? "active" : ""}"
      aria-rowindex=${number + 2}
      aria-selected=${selected ? "true" : "false"}
      @click=${() => {
        this.active = number;
        setParams({ row: number || null });
        this.app.draw();
      }}
    >
      <span role="gridcell" class="select">
        <input type="checkbox" tabindex="-1" .checked=${live(selected)} aria-label="select ${job.job_id}" @change=${() => this.#toggle(number)} />
      </span>
      <span role="gridcell">${pill(job.status.state, job.status.reason, job.message)}</span>
      <span role="gridcell" class="task" title=${job.job_id}>
        <a href=${jobLink(job.job_id)} tabindex="-1">${lastPart(job.task_id)}</a>
        <code>${shortId(job.identifier)}</code>
      </span>
      <span role="gridcell" class="tags" title=${tagTitle(job.tags)}>${tagViews(job.tags)}</span>
      <span role="gridcell" class="progress">${progressBar(job)}</span>
      <span role="gridcell" class="time">${moment(job.submitted_at)}</span>
      <span role="gridcell" class="number">${between(job.started_at, job.ended_at)}</span>
      <span role="gridcell" class="number">${bytes(job.peak_memory_bytes)}</span>
    </div>`;
  }
}

const tagTitle = (tags) => Object.entries(tags ?? {}).map(([name, value]) => `${name}=${tagText(value)}`).join(" ");

export function tagViews(tags) {
  return Object.entries(tags ?? {}).map(
    ([name, value]) => html`<span class="tag"><span class="tag-name">${name}</span>${tagText(value)}</span>`,
  );
}
