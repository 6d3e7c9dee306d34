// The services of all experiments.

import { html } from "../dom.js";
import { ServiceList } from "../service-list.js";

export class ServicesPage {
  title = "Services";

  constructor(app) {
    this.list = new ServiceList(app);
    this.list.read();
  }

  changes(data) {
    this.list.changes(data);
  }

  view() {
    return html`<div class="head"><h1 tabindex="-1">Services</h1></div>${this.list.view()}`;
  }
}
