// All experiments.

import { listExperiments } from "../api.js";
import { html, live, nothing, oneByOne, repeat, throttled } from "../dom.js";
import { between, count, moment } from "../format.js";
import { link, setParams } from "../route.js";
import { bar, pill } from "../states.js";

export class ExperimentsPage {
  title = "Experiments";

  constructor(app) {
    this.app = app;
    this.experiments = null;
    this.read = oneByOne(() => this.#read());
    this.reread = throttled(this.read, 500);
    this.read();
  }

  async #read() {
    try {
      this.experiments = await listExperiments();
      this.problem = null;
    } catch (error) {
      this.problem = error.message;
    }
    this.app.draw();
  }

  update(params) {
    this.filter = params.get("name") ?? "";
  }

  changes(data) {
    if (data.reset || !this.experiments || this.read.busy) {
      this.reread();
      return;
    }
    const byId = new Map(this.experiments.map((experiment) => [experiment.experiment_id, experiment]));
    for (const experiment of data.experiments ?? []) byId.set(experiment.experiment_id, experiment);
    for (const id of data.removed_experiments ?? []) byId.delete(id);
    this.experiments = [...byId.values()];
    this.app.draw();
  }

  close() {
    this.reread.cancel();
  }

  view() {
    const shown = this.#shown();
    return html`
      <div class="head">
        <h1 tabindex="-1">Experiments</h1>
        <div class="filter">
          <label class="visually-hidden" for="filter">Experiments whose name has</label>
          <input id="filter" type="search" placeholder="Name" .value=${live(this.filter)} @input=${(event) => setParams({ name: event.target.value })} />
        </div>
      </div>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      ${shown === null ? html`<p class="empty">…</p>` : shown.length ? this.#table(shown) : html`<p class="empty">No experiment${this.filter ? " of this name" : " yet"}.</p>`}
    `;
  }

  /** Those that run first, then the latest. */
  #shown() {
    if (!this.experiments) return null;
    const words = this.filter.toLowerCase();
    const order = ({ run }) => `${run?.status === "running" ? 1 : 0}${run?.started_at ?? ""}`;
    return this.experiments
      .filter(({ experiment_id: id }) => id.toLowerCase().includes(words))
      .sort((a, b) => (order(a) < order(b) ? 1 : -1));
  }

  #table(shown) {
    return html`
      <div class="card scroll-x">
        <table>
          <thead>
            <tr>
              <th scope="col">Experiment</th><th scope="col">Status</th><th scope="col">Host</th>
              <th scope="col" class="wide">Jobs</th><th scope="col" class="number">Failed</th>
              <th scope="col">Started</th><th scope="col" class="number">Duration</th><th scope="col" class="number">Runs</th>
            </tr>
          </thead>
          <tbody>${repeat(shown, (e) => e.experiment_id, (e) => this.#row(e))}</tbody>
        </table>
      </div>
    `;
  }

  #row({ experiment_id: id, run, run_count: runs }) {
    const jobs = run?.jobs ?? {};
    return html`
      <tr>
        <th scope="row"><a class="name" href=${link(["experiments", id])}>${id}</a></th>
        <td>${run ? pill(run.status) : ""}</td>
        <td>${run?.hostname ?? ""}</td>
        <td class="wide"><span class="jobs-cell">${bar(jobs)}<span class="of">${count(jobs.done)}/${count(jobs.total)}</span></span></td>
        <td class="number">${jobs.failed ? html`<a class="failed-count" href=${link(["experiments", id], { filter: '@state = "ERROR"' })}>${count(jobs.failed)}</a>` : "0"}</td>
        <td class="time">${moment(run?.started_at)}</td>
        <td class="number">${run ? between(run.started_at, run.status === "running" ? null : run.ended_at ?? run.started_at) : ""}</td>
        <td class="number">${runs}</td>
      </tr>
    `;
  }
}
