// Job folders that no kept run refers to.

import { listOrphans } from "../api.js";
import { html, throttled } from "../dom.js";
import { plural } from "../format.js";
import { jobLink } from "../route.js";

export class OrphansPage {
  title = "Orphans";

  constructor(app) {
    this.app = app;
    this.reread = throttled(() => this.read(), 1000);
    this.read();
  }

  async read() {
    try {
      this.found = await listOrphans();
      this.problem = null;
    } catch (error) {
      this.problem = error.message;
    }
    this.app.draw();
  }

  changes(data) {
    if (data.reset || data.removed_jobs?.length || data.experiments?.length) this.reread();
  }

  close() {
    this.reread.cancel();
  }

  view() {
    return html`<div class="head"><h1 tabindex="-1">Orphans</h1></div>${this.#content()}`;
  }

  #content() {
    if (this.problem) return html`<p class="problem" role="alert">${this.problem}</p>`;
    if (!this.found) return html`<p class="empty">…</p>`;
    const { total, job_ids: ids } = this.found;
    if (!total) return html`<p class="empty">No orphan: every job folder belongs to a kept run.</p>`;
    return html`
      <p>${plural(total, "job folder")} of runs that are not kept any more. Cleaning removes their results.</p>
      <div class="selection">
        <button type="button" class="danger" @click=${() => this.app.act("clean", ids)}>Clean ${ids.length < total ? `the first ${ids.length}` : "all"}…</button>
      </div>
      <ul class="card job-list">
        ${ids.map(
          (id) => html`<li>
            <a href=${jobLink(id)}><code>${id}</code></a>
            <button type="button" class="quiet" aria-label="Clean ${id}" @click=${() => this.app.act("clean", [id])}>Clean…</button>
          </li>`,
        )}
      </ul>
    `;
  }
}
