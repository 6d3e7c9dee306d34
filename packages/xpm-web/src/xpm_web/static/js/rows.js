// Rows of a long list, read page by page and kept as long as they are near what is seen.

const PAGE = 100;
const KEPT = 12;

export class Rows {
  /**
   * @param read gets a page: (query, signal) => Promise<{jobs, total}>
   * @param changed is called when there is something new to draw
   */
  constructor(read, changed) {
    this.read = read;
    this.changed = changed;
    this.pages = new Map();
    this.abort = new AbortController();
    this.reset();
  }

  /** Forgets all: another list is asked for. */
  reset() {
    this.abort.abort();
    this.abort = new AbortController();
    this.stale = this.pages;
    this.pages = new Map();
    this.asked = new Map();
    this.total = this.total ?? null;
    this.problem = null;
  }

  close() {
    this.abort.abort();
  }

  /** Whether an answer is on its way, which may not know of what changes now. */
  get busy() {
    return this.asked.size > 0;
  }

  at(row) {
    const page = Math.floor(row / PAGE);
    return (this.pages.get(page) ?? this.stale.get(page))?.[row % PAGE];
  }

  loaded() {
    return [...this.pages.values()].flat();
  }

  /** Has rows read that are not there yet. */
  want(first, last) {
    this.wanted = [Math.floor(first / PAGE), Math.floor(Math.max(first, last - 1) / PAGE)];
    for (let page = this.wanted[0]; page <= this.wanted[1]; page += 1) {
      if (!this.pages.has(page) && !this.asked.has(page)) this.#ask(page);
    }
  }

  /** Reads again what is seen; until it is there, the old rows stay. */
  refresh() {
    if (!this.wanted) return;
    for (const page of this.pages.keys()) {
      if (page < this.wanted[0] || page > this.wanted[1]) this.pages.delete(page);
    }
    for (let page = this.wanted[0]; page <= this.wanted[1]; page += 1) this.#ask(page);
  }

  /** Takes in what is new about jobs that are here; returns how many were. */
  patch(jobs) {
    if (!jobs.length) return 0;
    const fresh = new Map(jobs.map((job) => [job.job_id, job]));
    let known = 0;
    for (const page of this.pages.values()) {
      page.forEach((old, row) => {
        const job = fresh.get(old.job_id);
        if (!job) return;
        known += 1;
        // Tags and the time of submission are those of the run that is shown.
        page[row] = { ...job, tags: old.tags, submitted_at: old.submitted_at, run_id: old.run_id, experiment_id: old.experiment_id };
      });
    }
    if (known) this.changed();
    return known;
  }

  async #ask(page) {
    const { signal } = this.abort;
    const turn = Symbol("turn");
    this.asked.set(page, turn);
    // Asked for again meanwhile: the later answer counts.
    const late = () => signal.aborted || this.asked.get(page) !== turn;
    try {
      const counted = page === this.wanted[0];
      const found = await this.read({ offset: page * PAGE, limit: PAGE, total: counted }, signal);
      if (late()) return;
      this.pages.set(page, found.jobs);
      this.stale.delete(page);
      if (found.total !== null) {
        if (found.total !== this.total) this.stale.clear();
        this.total = found.total;
      }
      this.problem = null;
      this.#forgetFar();
    } catch (error) {
      if (late()) return;
      this.problem = error;
    } finally {
      if (!late()) {
        this.asked.delete(page);
        this.changed();
      }
    }
  }

  #forgetFar() {
    const middle = (this.wanted[0] + this.wanted[1]) / 2;
    const far = [...this.pages.keys()].sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle));
    for (const page of far.slice(0, Math.max(0, far.length - KEPT))) this.pages.delete(page);
  }
}
