// All jobs of the workspace.

import { html } from "../dom.js";
import { JobTable } from "../job-table.js";

export class JobsPage {
  title = "Jobs";

  constructor(app) {
    this.table = new JobTable(app, () => ({}));
  }

  update(params) {
    this.table.update(params);
  }

  changes(data) {
    this.table.changes(data);
  }

  placed(root) {
    this.table.placed(root);
  }

  close() {
    this.table.close();
  }

  view() {
    return html`<div class="head"><h1 tabindex="-1">Jobs</h1></div>${this.table.view(null)}`;
  }
}
