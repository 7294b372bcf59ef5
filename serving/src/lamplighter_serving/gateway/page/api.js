// The gateway's HTTP API: one method a route. Knows nothing of the page.

import { hearDate } from './clock.js';

/** The gateway answered, and the answer is no. `sentence` and `hint` are for people, `code` is for programs. */
export class Refused extends Error {
  constructor(status, problem) {
    const sentence = problem.detail || `The gateway answered with status ${status}.`;
    super(sentence);
    this.status = status;
    this.code = problem.code ?? '';
    this.sentence = sentence;
    this.hint = problem.hint ?? '';
    this.path = problem.path ?? '';
  }
}

/** No answer came. */
export class Unreachable extends Error {
  constructor(cause) {
    super('The gateway cannot be reached.', { cause });
    this.sentence = this.message;
    this.hint = 'Look whether it runs, and whether this machine is connected to it.';
  }
}

export class Api {
  #keys;

  /** `keys` has `value` (a key or null), and is told by `refused` when the gateway does not take it. */
  constructor(keys) {
    this.#keys = keys;
  }

  extractors() {
    return this.#json('/v1/extractors');
  }

  /** A page of jobs, newest first: `{jobs, next_cursor}`. */
  jobs({ search = '', cursor = null } = {}) {
    const query = new URLSearchParams();
    if (search) query.set('q', search);
    if (cursor) query.set('cursor', cursor);
    return this.#json(`/v1/jobs?${query}`);
  }

  job(id) {
    return this.#json(`/v1/jobs/${id}`);
  }

  result(id) {
    return this.#json(`/v1/jobs/${id}/result`);
  }

  cancel(id) {
    return this.#json(`/v1/jobs/${id}`, { method: 'DELETE' });
  }

  /** Submits a document. `task` is `{extractor}` or `{schema}`; the same `idempotencyKey` never makes a second job. */
  submit(file, task, idempotencyKey) {
    const body = new FormData();
    for (const [name, value] of Object.entries(task)) body.set(name, value);
    body.set('document', file, file.name);
    return this.#json('/v1/jobs', { method: 'POST', body, headers: { 'Idempotency-Key': idempotencyKey } });
  }

  /** The picture of a page, as a blob. */
  async picture(id, page, widthPixels, signal) {
    const response = await this.#fetch(`/v1/jobs/${id}/pages/${page}.png?width=${widthPixels}`, { signal });
    return this.#read(response.blob());
  }

  /** The body of the stream of events. */
  async events(signal) {
    const response = await this.#fetch('/v1/events', { signal, headers: { Accept: 'text/event-stream' } });
    return response.body;
  }

  async #json(path, options) {
    const response = await this.#fetch(path, options);
    return this.#read(response.json());
  }

  async #fetch(path, { headers = {}, ...options } = {}) {
    const key = this.#keys.value;
    const authorization = key ? { Authorization: `Bearer ${key}` } : {};
    const response = await this.#read(fetch(path, { ...options, headers: { ...headers, ...authorization }, cache: 'no-store' }));
    hearDate(response.headers.get('Date'));
    if (response.ok) return response;
    const problem = await response.json().catch(() => ({}));
    const refusal = new Refused(response.status, problem);
    // Only the key that was sent is refused: by now a person may have entered another.
    if (response.status === 401 && key === this.#keys.value) this.#keys.refused(refusal.sentence);
    throw refusal;
  }

  async #read(pending) {
    try {
      return await pending;
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new Unreachable(error);
    }
  }
}
