// The jobs this page knows, whichever way it heard of them: the list, the stream, an answer to a submission.

/** States that nothing follows. */
export const FINAL_STATES = new Set(['done', 'failed', 'dead', 'cancelled']);

export class Jobs {
  #jobs = new Map();
  #heardAt = new Map();
  #moment = 0;
  #clearedAt = 0;

  /** A mark for `put`: take it before asking, so that what the stream told meanwhile is not overwritten. */
  moment() {
    this.#moment += 1;
    return this.#moment;
  }

  /** Takes jobs as they stood at `moment`, unless newer is known or all was cleared since. Returns those it took. */
  put(jobs, moment = this.moment()) {
    const taken = jobs.filter((job) => (this.#heardAt.get(job.id) ?? this.#clearedAt) <= moment);
    for (const job of taken) {
      this.#jobs.set(job.id, job);
      this.#heardAt.set(job.id, moment);
    }
    return taken;
  }

  get(id) {
    return this.#jobs.get(id) ?? null;
  }

  /** Forgets all; answers to what was asked before come too late. */
  clear() {
    this.#clearedAt = this.moment();
    this.#jobs.clear();
    this.#heardAt.clear();
  }

  /** Newest first; `search` matches part of the name or of the id, as at the gateway. */
  matching(search) {
    const wanted = search.toLowerCase();
    return [...this.#jobs.values()]
      .filter((job) => job.name.toLowerCase().includes(wanted) || job.id.includes(wanted))
      .sort((one, other) => Date.parse(other.created_at) - Date.parse(one.created_at) || (one.created_at < other.created_at ? 1 : -1));
  }
}
