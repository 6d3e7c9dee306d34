// What a job prints, as it does: a part of the log is held, whatever its size.

import { readLog } from "./api.js";
import { html, nothing } from "./dom.js";
import { bytes } from "./format.js";
import { setParams } from "./route.js";

const PART = 128 * 1024;
/** More than this is not held: the other end is let go. */
const HELD = 4 * 1024 * 1024;
const WAIT_S = 20;

const STREAMS = [["out", "Output"], ["err", "Errors"]];

export class LogView {
  constructor(app, jobId) {
    this.app = app;
    this.jobId = jobId;
    this.stream = null;
    this.follow = true;
    this.wrap = false;
    /** Parts that are held, in order: {offset, end, element}. */
    this.parts = [];
    this.size = 0;
  }

  show(stream) {
    if (stream === this.stream) return;
    this.stream = STREAMS.some(([name]) => name === stream) ? stream : "out";
    this.follow = true;
    this.#startOver(-PART);
  }

  hide() {
    this.abort?.abort();
    this.stream = null;
    this.parts = [];
  }

  close() {
    this.hide();
  }

  get #begin() {
    return this.parts[0]?.offset ?? 0;
  }

  get #end() {
    return this.parts.at(-1)?.end ?? 0;
  }

  /** Reads from somewhere on, and goes on if that is the end. */
  async #startOver(offset) {
    this.abort?.abort();
    this.abort = new AbortController();
    this.parts = [];
    this.size = 0;
    this.problem = null;
    this.box?.replaceChildren();
    const { signal } = this.abort;
    await this.#read({ offset, limit: PART }, signal);
    this.#listen(signal);
  }

  /** Waits for more, again and again: a log that grows fast is read as fast as it is drawn. */
  async #listen(signal) {
    while (!signal.aborted) {
      if (this.#end < this.size && !this.follow) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        continue;
      }
      const ok = await this.#read({ offset: this.#end, limit: PART, wait: WAIT_S }, signal);
      if (!ok) await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }

  async #read(query, signal) {
    try {
      const part = await readLog(this.jobId, { stream: this.stream, ...query }, signal);
      if (signal.aborted) return true;
      if (part.size < this.#end) {
        this.#startOver(0); // the job was started again
        return true;
      }
      this.size = part.size;
      this.problem = null;
      if (part.content.length) this.#append(part);
      this.app.draw();
      return true;
    } catch (error) {
      if (signal.aborted) return true;
      this.problem = error.message;
      this.app.draw();
      return false;
    }
  }

  #append(part) {
    const text = this.decoder(part.offset).decode(part.content, { stream: true });
    const held = this.#part(part.offset, part.offset + part.content.length, text);
    this.parts.push(held);
    this.box?.append(held.element);
    while (this.#end - this.#begin > HELD && this.parts.length > 1) this.parts.shift().element.remove();
    if (this.follow && this.box) this.box.scrollTop = this.box.scrollHeight;
  }

  /** A character may be cut in two by the end of a part: the decoder keeps its first half. */
  decoder(offset) {
    if (offset !== this.#end || !this.running) this.running = new TextDecoder();
    return this.running;
  }

  #part(offset, end, text) {
    const element = document.createElement("span");
    element.textContent = plain(text);
    return { offset, end, element };
  }

  async #earlier() {
    if (this.reading || !this.#begin) return;
    this.reading = true;
    const begin = this.#begin;
    const offset = Math.max(0, begin - PART);
    try {
      const { signal } = this.abort;
      const part = await readLog(this.jobId, { stream: this.stream, offset, limit: begin - offset }, signal);
      if (signal.aborted || begin !== this.#begin) return;
      const held = this.#part(offset, begin, new TextDecoder().decode(part.content));
      const before = this.box.scrollHeight;
      this.parts.unshift(held);
      this.box.prepend(held.element);
      this.box.scrollTop += this.box.scrollHeight - before;
      while (this.#end - this.#begin > HELD && this.parts.length > 1) this.parts.pop().element.remove();
    } catch {
      // The next scroll tries again.
    } finally {
      this.reading = false;
      this.app.draw();
    }
  }

  #scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = this.box;
    const atEnd = scrollHeight - scrollTop - clientHeight < 24;
    if (this.follow !== atEnd) {
      this.follow = atEnd;
      this.app.draw();
    }
    if (scrollTop < 200) this.#earlier();
  };

  #go(end) {
    this.follow = end;
    this.#startOver(end ? -PART : 0);
  }

  placed(root) {
    const box = root.querySelector(".log-box");
    if (box === this.box) return;
    this.box = box;
    if (!box) return;
    box.addEventListener("scroll", this.#scrolled, { passive: true });
    box.replaceChildren(...this.parts.map(({ element }) => element));
    if (this.follow) box.scrollTop = box.scrollHeight;
  }

  view(job) {
    const shown = this.parts.length ? `${bytes(this.#end - this.#begin)} of ${bytes(this.size)}` : "";
    return html`
      <div class="toolbar log-bar">
        <div class="chips" role="group" aria-label="Which log">
          ${STREAMS.map(([name, label]) => html`<button type="button" class="chip" aria-pressed=${this.stream === name ? "true" : "false"} @click=${() => setParams({ stream: name === "out" ? null : name })}>${label}</button>`)}
        </div>
        <button type="button" @click=${() => this.#go(false)}>Beginning</button>
        <button type="button" @click=${() => this.#go(true)}>End</button>
        <label class="check"><input type="checkbox" .checked=${this.wrap} @change=${(event) => { this.wrap = event.target.checked; this.app.draw(); }}> wrap lines</label>
        <span class="shown">${this.follow && job?.status.state === "RUNNING" ? "following · " : ""}${shown}</span>
      </div>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      ${this.parts.length || this.problem ? nothing : html`<p class="note">Nothing was written yet.</p>`}
      <pre class="log-box ${this.wrap ? "wrap" : ""}" tabindex="0" role="log" aria-live="off" aria-label="Log"></pre>
    `;
  }
}

/** Without the codes for colours, and of a line that was written over and over, its last state. */
function plain(text) {
  return text
    .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(\u0007|\u001b\\)/g, "")
    .replace(/\r\n/g, "\n")
    .replace(/[^\n]*\r/g, "");
}
