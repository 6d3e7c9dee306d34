// One experiment: its jobs, how they depend on each other, its runs, its services.

import { listExperiments, listRuns } from "../api.js";
import { html, nothing, oneByOne, throttled } from "../dom.js";
import { between, count, moment, plural } from "../format.js";
import { JobTable } from "../job-table.js";
import { link, setParams } from "../route.js";
import { bar, pill } from "../states.js";
import { ServiceList } from "../service-list.js";

const TABS = [["jobs", "Jobs"], ["graph", "Graph"], ["runs", "Runs"], ["services", "Services"]];

export class ExperimentPage {
  constructor(app, [id]) {
    this.app = app;
    this.id = id;
    this.title = id;
    this.runs = null;
    this.table = new JobTable(app, () => ({ experiment_id: id, run_id: this.runId }));
    this.services = new ServiceList(app, (service) => service.experiment_id === id);
    this.read = oneByOne(() => this.#read());
    this.reread = throttled(this.read, 500);
    this.read();
  }

  async #read() {
    try {
      [this.runs, this.currentId] = await Promise.all([listRuns(this.id), this.#current()]);
      this.problem = null;
    } catch (error) {
      this.problem = error.message;
    }
    this.app.draw();
  }

  async #current() {
    const found = (await listExperiments()).find((experiment) => experiment.experiment_id === this.id);
    return found?.run?.run_id;
  }

  get run() {
    return this.runs?.find((run) => run.run_id === (this.runId ?? this.currentId));
  }

  update(params, [, tab = "jobs"]) {
    this.runId = params.get("run");
    this.params = params;
    const before = this.tab;
    this.tab = TABS.some(([name]) => name === tab) ? tab : "jobs";
    if (this.tab === "jobs") this.table.update(params);
    if (before && before !== this.tab) this.#comeBack();
    if (this.tab === "services") this.services.read();
    if (this.tab === "graph") this.#graph(params);
  }

  /** What was not seen was not kept up to date. */
  #comeBack() {
    if (this.tab === "jobs") this.table.rows.refresh();
    if (this.tab === "graph") this.graph?.reread();
  }

  async #graph(params) {
    if (!this.graph) {
      // The library that draws is large, and needed here only.
      const { GraphView } = await import("../graph-view.js");
      this.graph ??= new GraphView(this.app, this.id);
    }
    this.graph.update(this.runId, params.get("detail") ?? "auto");
    this.app.draw();
  }

  changes(data) {
    const changed = (data.experiments ?? []).find((experiment) => experiment.experiment_id === this.id);
    if (changed?.run && (this.read.busy || !this.runs)) this.reread();
    else if (changed?.run) {
      const known = this.runs.findIndex((run) => run.run_id === changed.run.run_id);
      if (known < 0 || changed.run.run_id !== this.currentId) this.reread();
      else this.runs[known] = changed.run;
      this.app.draw();
    }
    if (data.reset || data.removed_experiments?.includes(this.id)) this.reread();
    if (this.tab === "jobs") this.table.changes(data);
    if (this.tab === "services") this.services.changes(data);
    if (this.tab === "graph") this.graph?.changes(data, Boolean(changed));
  }

  placed(root) {
    if (this.tab === "jobs") this.table.placed(root);
    if (this.tab === "graph") this.graph?.placed(root);
    else this.graph?.placed(null);
  }

  close() {
    this.reread.cancel();
    this.table.close();
    this.graph?.close();
  }

  view() {
    const { run } = this;
    return html`
      <div class="head">
        <div>
          <p class="crumbs"><a href="#/experiments">Experiments</a></p>
          <h1 tabindex="-1">${this.id}</h1>
        </div>
        ${run ? pill(run.status) : nothing} ${this.#facts(run)}
      </div>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      ${run ? html`<div class="big-bar">${bar(run.jobs)}<span class="of">${count(run.jobs.done)} of ${plural(run.jobs.total ?? 0, "job")} done</span></div>` : nothing}
      <nav class="tabs" aria-label="Parts of the experiment">
        ${TABS.map(([name, label]) => html`<a href=${link(["experiments", this.id, name], { run: this.runId })} aria-current=${this.tab === name ? "page" : nothing}>${label}</a>`)}
        ${this.#runChoice()}
      </nav>
      ${this.#tabView()}
    `;
  }

  #facts(run) {
    if (!run) return nothing;
    const facts = [
      ["Host", run.hostname],
      ["Started", moment(run.started_at)],
      ["Duration", between(run.started_at, run.status === "running" ? null : run.ended_at ?? run.started_at)],
    ];
    return html`<dl class="facts-line">${facts.map(([name, value]) => value ? html`<div><dt>${name}</dt><dd>${value}</dd></div>` : nothing)}</dl>`;
  }

  #runChoice() {
    if ((this.runs?.length ?? 0) < 2) return nothing;
    return html`<label class="run-choice">Run
      <select @change=${(event) => setParams({ run: event.target.value === this.currentId ? null : event.target.value, row: null }, { push: true })}>
        ${this.runs.map(({ run_id: id }) => html`<option value=${id} ?selected=${id === (this.runId ?? this.currentId)}>${id}${id === this.currentId ? " (current)" : ""}</option>`)}
      </select>
    </label>`;
  }

  #tabView() {
    if (this.tab === "graph") return this.graph?.view() ?? html`<p class="empty">…</p>`;
    if (this.tab === "services") return this.services.view();
    if (this.tab === "runs") return this.#runsView();
    return this.table.view(this.run?.jobs);
  }

  #runsView() {
    if (!this.runs) return html`<p class="empty">…</p>`;
    return html`
      <div class="card scroll-x">
        <table>
          <thead>
            <tr><th scope="col">Run</th><th scope="col">Status</th><th scope="col">Host</th><th scope="col" class="wide">Jobs</th><th scope="col" class="number">Failed</th><th scope="col">Started</th><th scope="col" class="number">Duration</th></tr>
          </thead>
          <tbody>
            ${this.runs.map(
              (run) => html`<tr>
                <th scope="row">
                  <a class="name" href=${link(["experiments", this.id, "jobs"], { run: run.run_id === this.currentId ? null : run.run_id })}>${run.run_id}</a>
                  ${run.run_id === this.currentId ? html`<span class="note">current</span>` : nothing}
                </th>
                <td>${pill(run.status)}</td>
                <td>${run.hostname ?? ""}</td>
                <td class="wide"><span class="jobs-cell">${bar(run.jobs)}<span class="of">${count(run.jobs.done)}/${count(run.jobs.total)}</span></span></td>
                <td class="number">${count(run.jobs.failed)}</td>
                <td class="time">${moment(run.started_at)}</td>
                <td class="number">${between(run.started_at, run.status === "running" ? null : run.ended_at ?? run.started_at)}</td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
    `;
  }
}
