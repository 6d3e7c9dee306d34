// One job: what it is, what it was given, what it needs, what it printed.

import { getJob, getParameters } from "../api.js";
import { announce, html, nothing, oneByOne, throttled } from "../dom.js";
import { between, bytes, duration, lastPart, moment, plural } from "../format.js";
import { tagViews } from "../job-table.js";
import { LogView } from "../log-view.js";
import { parameterTree } from "../parameters.js";
import { jobLink, link } from "../route.js";
import { pill } from "../states.js";

const TABS = [["overview", "Overview"], ["log", "Log"]];
const ENDED = new Set(["DONE", "ERROR"]);

export class JobPage {
  constructor(app, [taskId, identifier]) {
    this.app = app;
    this.id = `${taskId}/${identifier}`;
    this.title = `${lastPart(taskId)} ${identifier.slice(0, 8)}`;
    this.log = new LogView(app, this.id);
    this.read = oneByOne(() => this.#read());
    this.reread = throttled(this.read, 500);
    this.read();
    this.#readParameters();
  }

  async #read() {
    try {
      this.found = await getJob(this.id);
      this.problem = null;
    } catch (error) {
      this.problem = error.message;
    }
    this.app.draw();
  }

  async #readParameters() {
    try {
      this.parameters = await getParameters(this.id);
    } catch (error) {
      this.parametersProblem = error.message;
    }
    this.app.draw();
  }

  update(params, [, , tab = "overview"]) {
    this.tab = TABS.some(([name]) => name === tab) ? tab : "overview";
    if (this.tab === "log") this.log.show(params.get("stream") ?? "out");
    else this.log.hide();
  }

  changes(data) {
    const job = (data.jobs ?? []).find(({ job_id: id }) => id === this.id);
    if (job && this.found) {
      this.found = { ...this.found, job };
      this.app.draw();
    }
    const near = new Set([...(this.found?.needs ?? []), ...(this.found?.needed_by ?? [])].map(({ job_id: id }) => id));
    const touched = (data.jobs ?? []).some(({ job_id: id }) => near.has(id));
    if (data.reset || touched || !this.found || data.removed_jobs?.includes(this.id)) this.reread();
  }

  placed(root) {
    this.log.placed(root);
  }

  close() {
    this.reread.cancel();
    this.log.close();
  }

  view() {
    const job = this.found?.job;
    const slash = this.id.indexOf("/");
    const experiment = job?.experiment_id;
    return html`
      <div class="head">
        <div>
          <p class="crumbs">
            ${experiment
              ? html`<a href="#/experiments">Experiments</a> / <a href=${link(["experiments", experiment])}>${experiment}</a>`
              : html`<a href="#/jobs">Jobs</a>`}
          </p>
          <h1 tabindex="-1">${lastPart(this.id.slice(0, slash))} <code class="short">${this.id.slice(slash + 1, slash + 9)}</code></h1>
        </div>
        ${job ? pill(job.status.state, job.status.reason) : nothing}
        <div class="buttons">${job ? this.#buttons(job) : nothing}</div>
      </div>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      ${job?.message ? html`<p class="message">${job.message}</p>` : nothing}
      <nav class="tabs" aria-label="Parts of the job">
        ${TABS.map(([name, label]) => html`<a href=${jobLink(this.id, name === "overview" ? null : name)} aria-current=${this.tab === name ? "page" : nothing}>${label}</a>`)}
      </nav>
      ${this.tab === "log" ? this.log.view(job) : this.#overview(job)}
    `;
  }

  #buttons(job) {
    const { state } = job.status;
    const act = (action) => this.app.act(action, [this.id]);
    return html`
      <button type="button" ?disabled=${ENDED.has(state)} @click=${() => act("kill")}>Kill…</button>
      <button type="button" ?disabled=${state !== "ERROR"} @click=${() => act("retry")}>Retry…</button>
      <button type="button" class="danger" ?disabled=${!ENDED.has(state) && job.folder} @click=${() => act("clean")}>Clean…</button>
    `;
  }

  #overview(job) {
    if (!job) return nothing;
    return html`
      <div class="columns">
        <div class="column">
          <section class="card" aria-labelledby="facts-title"><h2 id="facts-title">Facts</h2>${this.#facts(job)}</section>
          ${this.#jobs("Needs", this.found.needs, job.depends_on?.length ?? 0)}
          ${this.#jobs("Needed by", this.found.needed_by, this.found.needed_by_count)}
          <section class="card" aria-labelledby="runs-title">
            <h2 id="runs-title">Runs</h2>
            ${this.found.runs.length ? nothing : html`<p class="note">No kept run knows this job: it is an orphan.</p>`}
            <ul class="plain">
              ${this.found.runs.map(({ experiment_id: e, run_id: run }) => html`<li><a href=${link(["experiments", e, "jobs"], { run })}>${e}</a> <span class="note">${run}</span></li>`)}
            </ul>
          </section>
        </div>
        <section class="card column" aria-labelledby="parameters-title">
          <h2 id="parameters-title">Parameters</h2>
          ${this.parametersProblem ? html`<p class="note">${this.parametersProblem}</p>` : parameterTree(this.parameters)}
        </section>
      </div>
    `;
  }

  #facts(job) {
    const facts = [
      ["Job", copyable(this.app, this.id, "job id")],
      ["Tags", Object.keys(job.tags ?? {}).length ? html`<span class="tags wrap">${tagViews(job.tags)}</span>` : ""],
      ["Progress", job.progress?.length && !ENDED.has(job.status.state) ? levels(job.progress) : ""],
      ["Submitted", moment(job.submitted_at)],
      ["Started", moment(job.started_at)],
      ["Ended", moment(job.ended_at)],
      ["Duration", between(job.started_at, job.ended_at)],
      ["Host", job.host],
      ["Launcher", job.launcher],
      ["Exit code", job.exit_code],
      ["Starts", job.attempts > 1 ? job.attempts : ""],
      ["Peak memory", bytes(job.peak_memory_bytes)],
      ["Processor", duration(job.cpu_time_s)],
      ["Folder", job.folder ? copyable(this.app, this.found.folder, "path") : html`<span class="note">removed</span>`],
    ];
    return html`<dl class="facts">
      ${facts.map(([name, value]) => (value === "" || value === null || value === undefined ? nothing : html`<dt>${name}</dt><dd>${value}</dd>`))}
    </dl>`;
  }

  #jobs(title, jobs, total) {
    if (!jobs.length) return nothing;
    const id = `jobs-${title.replace(" ", "-").toLowerCase()}`;
    return html`
      <section class="card" aria-labelledby=${id}>
        <h2 id=${id}>${title} <span class="note">${plural(total, "job")}</span></h2>
        <ul class="plain near">
          ${jobs.map(
            ({ job_id: other, state }) => html`<li>
              ${pill(state)} <a href=${jobLink(other)}>${lastPart(other.slice(0, other.indexOf("/")))} <code>${other.slice(other.indexOf("/") + 1).slice(0, 8)}</code></a>
            </li>`,
          )}
        </ul>
      </section>
    `;
  }
}

const levels = (progress) => html`<ul class="plain">
  ${progress.map(({ value, desc }) => {
    const percent = Math.round((value ?? 0) * 100);
    return html`<li class="level"><progress max="100" .value=${percent} aria-label=${desc || "progress"}></progress><span class="percent">${percent} %</span> ${desc ?? ""}</li>`;
  })}
</ul>`;

function copyable(app, text, what) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      announce(`${what} copied`);
      app.toast(`${what} copied`);
    } catch {
      // Only pages of this machine, or over https, may write to the clipboard.
      getSelection().selectAllChildren(document.getElementById(`copy-${what.replace(" ", "-")}`));
      app.toast("press Ctrl+C to copy");
    }
  };
  return html`<span class="copyable">
    <code id="copy-${what.replace(" ", "-")}">${text}</code>
    <button type="button" class="quiet" aria-label="Copy the ${what}" @click=${copy}>copy</button>
  </span>`;
}
