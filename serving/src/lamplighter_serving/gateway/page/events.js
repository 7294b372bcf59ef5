// The live stream: server-sent events read with fetch, because EventSource cannot send the Authorization header.
// A lost connection is told and mends itself.

import { Refused, Unreachable } from './api.js';

/** First pause before a new attempt, until the server names its own. */
const RETRY_MILLISECONDS = 2000;
/** Each failed attempt doubles the pause up to this. */
const MOST_RETRY_MILLISECONDS = 15000;
/** The gateway says at least every 15 s that it is there; after this silence the connection is dead. */
const SILENCE_MILLISECONDS = 40000;

/** Takes the stream's text piece by piece, cut anywhere, and gives the events that are whole. */
export class EventParser {
  retryMilliseconds = null;
  #rest = '';
  #event = '';
  #data = [];

  /** `[{event, data}]`, in order. */
  feed(text) {
    const found = [];
    // A carriage return at the very end may be the first half of a line end: it waits for the next piece.
    const whole = this.#rest + text;
    const lines = whole.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    for (const line of lines) this.#take(line, found);
    return found;
  }

  #take(line, found) {
    if (line === '') {
      if (this.#data.length) found.push({ event: this.#event || 'message', data: this.#data.join('\n') });
      this.#event = '';
      this.#data = [];
      return;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#event = value;
    if (name === 'data') this.#data.push(value);
    if (name === 'retry' && /^\d+$/.test(value)) this.retryMilliseconds = Number(value);
  }
}

export class EventStream {
  #open;
  #onEvent;
  #onState;
  #attempt = null;
  #timer = null;
  #failures = 0;
  #retryMilliseconds = RETRY_MILLISECONDS;

  /**
   * `open(signal)` gives a body to read. `onEvent(name, data)` gets each event, `onState(state, seconds)` one of
   * `connecting`, `live`, `lost` (with the seconds until the next attempt) and `refused` (nothing more until `start`).
   */
  constructor({ open, onEvent, onState }) {
    this.#open = open;
    this.#onEvent = onEvent;
    this.#onState = onState;
    addEventListener('online', () => this.#startIfLost());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.#startIfLost();
    });
  }

  /** Connects now, whatever went before. */
  start() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#attempt?.abort();
    this.#attempt = new AbortController();
    this.#follow(this.#attempt);
  }

  #startIfLost() {
    if (this.#timer !== null) this.start();
  }

  async #follow(attempt) {
    this.#onState('connecting', 0);
    try {
      await this.#read(await this.#open(attempt.signal), attempt);
      if (attempt === this.#attempt) this.#lose(); // the gateway ended it: it stops, or restarts
    } catch (error) {
      if (attempt !== this.#attempt) return;
      if (error instanceof Refused && error.status === 401) {
        this.#onState('refused', 0);
        return;
      }
      this.#lose();
      if (!(error instanceof Refused || error instanceof Unreachable || error.name === 'AbortError')) throw error;
    }
  }

  async #read(body, attempt) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new EventParser();
    let silence = null;
    try {
      this.#failures = 0;
      this.#onState('live', 0);
      for (;;) {
        silence = setTimeout(() => attempt.abort(), SILENCE_MILLISECONDS);
        const { value, done } = await reader.read().catch((error) => {
          throw new Unreachable(error);
        });
        clearTimeout(silence);
        if (done || attempt !== this.#attempt) return;
        for (const { event, data } of parser.feed(value)) this.#onEvent(event, JSON.parse(data));
        this.#retryMilliseconds = parser.retryMilliseconds ?? this.#retryMilliseconds;
      }
    } finally {
      clearTimeout(silence);
      reader.cancel().catch(() => {});
    }
  }

  #lose() {
    const pause = Math.min(this.#retryMilliseconds * 2 ** this.#failures, MOST_RETRY_MILLISECONDS);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.start(), pause);
    this.#onState('lost', pause / 1000);
  }
}
