// What changes, as it does. A page that nobody sees holds no connection: browsers allow six for each server.

import { eventsAddress } from "./api.js";

const HIDDEN_MS = 5000;

export class Live {
  /** @param {{onChanges: (data: object) => void, onState: (state: string) => void}} hears */
  constructor({ onChanges, onState }) {
    this.onChanges = onChanges;
    this.onState = onState;
    this.position = null;
    this.source = null;
    this.retry = null;
    document.addEventListener("visibilitychange", () => this.#seen());
    addEventListener("pageshow", () => this.#seen());
  }

  start(position) {
    this.position = position;
    this.#open();
  }

  #seen() {
    clearTimeout(this.hiding);
    if (this.position === null) return;
    if (document.hidden) {
      this.hiding = setTimeout(() => this.#close(), HIDDEN_MS);
    } else if (!this.source) {
      this.#open();
    }
  }

  #close() {
    this.source?.close();
    this.source = null;
  }

  #open() {
    clearTimeout(this.retry);
    this.#close();
    const source = new EventSource(eventsAddress(this.position));
    this.source = source;
    source.onopen = () => this.onState("live");
    source.onerror = () => {
      this.onState("lost");
      // A browser gives up by itself when it is refused; we do not.
      if (source.readyState === EventSource.CLOSED) {
        this.retry = setTimeout(() => this.#open(), 2000);
      }
    };
    source.addEventListener("changes", (event) => {
      this.position = event.lastEventId;
      this.onChanges(JSON.parse(event.data));
    });
  }
}
