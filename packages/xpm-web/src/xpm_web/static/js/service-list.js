// Services: TensorBoard and the like, beside experiments.

import { actOnService } from "./actions.js";
import { listServices } from "./api.js";
import { html, nothing, oneByOne, throttled } from "./dom.js";
import { link } from "./route.js";
import { pill } from "./states.js";

const STOPPED = new Set(["STOPPED", "ERROR"]);

export class ServiceList {
  constructor(app, fits = () => true) {
    this.app = app;
    this.fits = fits;
    this.services = null;
    this.read = oneByOne(() => this.#read());
    this.reread = throttled(this.read, 500);
  }

  async #read() {
    try {
      this.services = (await listServices()).filter(this.fits);
      this.problem = null;
    } catch (error) {
      this.problem = error.message;
    }
    this.app.draw();
  }

  changes(data) {
    if (data.reset || data.services || data.experiments?.length) this.reread();
  }

  view() {
    if (this.problem) return html`<p class="problem" role="alert">${this.problem}</p>`;
    if (!this.services) return html`<p class="empty">…</p>`;
    if (!this.services.length) return html`<p class="empty">No service. An experiment adds one with <code>xp.add_service(...)</code>.</p>`;
    return html`<ul class="services">${this.services.map((service) => this.#service(service))}</ul>`;
  }

  #service(service) {
    const stopped = STOPPED.has(service.state);
    return html`
      <li class="card service">
        <div>
          <h2>${service.service_id} ${pill(service.state)}</h2>
          <p>${service.description}</p>
          <p class="note">
            <a href=${link(["experiments", service.experiment_id])}>${service.experiment_id}</a>${service.host ? ` on ${service.host}` : ""}
          </p>
        </div>
        <div class="buttons">
          ${service.link ? html`<a class="button primary" href=${service.link} target="_blank" rel="noreferrer">Open</a>` : nothing}
          <button type="button" ?disabled=${!stopped} @click=${() => actOnService(this.app, service, "start")}>Start</button>
          <button type="button" ?disabled=${stopped} @click=${() => actOnService(this.app, service, "stop")}>Stop</button>
        </div>
        ${service.error ? html`<pre class="error-text">${service.error}</pre>` : nothing}
      </li>
    `;
  }
}
