// Documents on their way to the gateway: waiting, being sent, or refused with the reason.

import { Unreachable } from './api.js';
import { byId, element } from './element.js';

/** Sent at once; more would only share the same line. */
const MOST_AT_ONCE = 2;
const KEY_BYTES = 16;

export class Uploads {
  #submit;
  #onJob;
  #list = byId('uploads');
  #waiting = [];
  #sending = 0;

  /** `submit(file, task, idempotencyKey)` gives a job; `onJob(job)` is told. */
  constructor({ submit, onJob }) {
    this.#submit = submit;
    this.#onJob = onJob;
  }

  /** Sends these files, in their order. */
  add(files, task) {
    for (const file of files) {
      const item = element('li', { class: 'upload' });
      this.#list.append(item);
      // One key for all attempts: a document whose answer was lost is not taken twice.
      this.#enqueue({ file, task, item, idempotencyKey: randomKey() });
    }
  }

  #enqueue(upload) {
    show(upload, 'waits to be sent');
    this.#waiting.push(upload);
    this.#next();
  }

  #next() {
    while (this.#sending < MOST_AT_ONCE && this.#waiting.length) this.#send(this.#waiting.shift());
  }

  async #send(upload) {
    this.#sending += 1;
    show(upload, 'sending');
    try {
      await readable(upload.file);
      const job = await this.#submit(upload.file, upload.task, upload.idempotencyKey);
      upload.item.remove();
      this.#onJob(job);
    } catch (error) {
      if (!error.sentence) throw error;
      this.#refuse(upload, error);
    } finally {
      this.#sending -= 1;
      this.#next();
    }
  }

  #refuse(upload, error) {
    const place = error.path ? ` At ${error.path}.` : '';
    const again = element('button', { type: 'button' }, 'Send again');
    const dismiss = element('button', { type: 'button' }, 'Dismiss');
    again.addEventListener('click', () => this.#enqueue(upload));
    dismiss.addEventListener('click', () => upload.item.remove());
    show(upload, 'not sent', { sentence: `${error.sentence}${place}`, hint: error.hint });
    // Sending what was refused for good gives the same answer.
    const mayChange = error instanceof Unreachable || error.status === 401 || error.status === 429 || error.status >= 500;
    upload.item.append(element('p', { class: 'upload-actions' }, ...(mayChange ? [again, dismiss] : [dismiss])));
  }
}

function show({ item, file }, state, problem = null) {
  item.classList.toggle('refused', problem !== null);
  item.replaceChildren(
    element('p', {}, element('span', { class: 'job-name' }, file.name), element('span', { class: 'note' }, state)),
    ...(problem ? [element('p', { class: 'failure-text', role: 'alert' }, problem.sentence)] : []),
    ...(problem?.hint ? [element('p', { class: 'note' }, problem.hint)] : []),
  );
}

/** A folder looks like a file until it is read; the browser would only say that sending failed. */
async function readable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch (cause) {
    const sentence = 'This cannot be read here: it is a folder, or it has moved since it was chosen.';
    throw Object.assign(new Error(sentence, { cause }), { sentence, hint: 'Choose the files themselves.' });
  }
}

/** crypto.randomUUID exists only on https and loopback; this works on every address. */
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return `page-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
