// What people do to jobs and services: always asked twice, naming what.

import { act, setService } from "./api.js";
import { announce, html, nothing, render } from "./dom.js";
import { plural } from "./format.js";

const WORDS = {
  kill: { title: "Kill", done: "killed" },
  clean: { title: "Clean", done: "removed" },
  retry: { title: "Retry", done: "will run again" },
};
/** So many are named one by one. */
const NAMED = 50;

/** Asks what would be done, shows it, and does it if the person agrees. */
export async function actOn(app, action, jobIds) {
  const words = WORDS[action];
  try {
    const planned = await act(action, jobIds, false);
    const possible = planned.filter((outcome) => !outcome.problem);
    const agreed = await ask(words.title, planned, possible);
    if (!agreed || !possible.length) return;
    const done = await act(action, possible.map((outcome) => outcome.id), true);
    const failed = done.filter((outcome) => outcome.problem);
    const told = `${plural(done.length - failed.length, "job")} ${words.done}`;
    app.toast(failed.length ? `${told}; ${failed.length} left alone: ${failed[0].problem}` : told, failed.length > 0);
  } catch (error) {
    app.toast(error.message, true);
  }
}

/** Starts or stops a service. */
export async function actOnService(app, service, action) {
  if (action === "stop" && !(await confirmService(service))) return;
  try {
    const outcome = await setService(service.experiment_id, service.service_id, action);
    app.toast(outcome.problem || `asked to ${action} ${service.service_id}`, Boolean(outcome.problem));
  } catch (error) {
    app.toast(error.message, true);
  }
}

function ask(title, planned, possible) {
  const left = planned.filter((outcome) => outcome.problem);
  const several = possible.length === 1 ? "this job" : plural(possible.length, "job");
  return dialog(
    possible.length ? `${title} ${several}?` : `${title}: nothing to do`,
    html`
      ${outcomes(possible, (outcome) => outcome.what)}
      ${left.length ? html`<p class="left">Left alone:</p>${outcomes(left, (outcome) => outcome.problem)}` : nothing}
    `,
    possible.length ? title : null,
  );
}

const outcomes = (list, words) => html`
  <ul class="outcomes">
    ${list.slice(0, NAMED).map((outcome) => html`<li><code>${outcome.id}</code><span>${words(outcome)}</span></li>`)}
    ${list.length > NAMED ? html`<li>and ${list.length - NAMED} more</li>` : nothing}
  </ul>
`;

const confirmService = (service) =>
  dialog(
    "Stop this service?",
    html`<p><code>${service.service_id}</code> of ${service.experiment_id}</p><p>${service.description}</p>`,
    "Stop",
  );

/** Shows a dialog; the promise is whether the person agreed. */
export function dialog(title, content, agree) {
  const element = document.createElement("dialog");
  element.setAttribute("aria-labelledby", "dialog-title");
  const before = document.activeElement;
  document.body.append(element);
  render(
    html`
      <form method="dialog">
        <h2 id="dialog-title">${title}</h2>
        <div class="dialog-content" tabindex="0" role="group" aria-labelledby="dialog-title">${content}</div>
        <div class="dialog-buttons">
          <button value="no" autofocus>${agree ? "Cancel" : "Close"}</button>
          ${agree ? html`<button value="yes" class="primary ${agree === "Retry" ? "" : "danger"}">${agree}</button>` : nothing}
        </div>
      </form>
    `,
    element,
  );
  element.showModal();
  announce(title);
  return new Promise((resolve) => {
    element.addEventListener("close", () => {
      resolve(element.returnValue === "yes");
      element.remove();
      before?.focus?.();
    });
  });
}
