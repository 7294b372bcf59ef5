// The open job: its page, its fields or its failure. Keeps page and fields pointing at the same value.

import { secondsSince } from './clock.js';
import { about, duration } from './durations.js';
import { byId, element, setText } from './element.js';
import { fieldName } from './fieldnames.js';
import { Fields } from './fields.js';
import { waitWords } from './lamp.js';
import { RawResult } from './raw.js';
import { goTo } from './steps.js';
import { Viewer } from './viewer.js';

export class Detail {
  #loadResult;
  #schemaOf;
  #lampOf;
  #job = null;
  #result = null;
  #chosen = null;
  #form = 'fields';
  #raw = new RawResult();
  #fields = new Fields({ onMark: (path) => this.#mark(path, 'fields'), onChoose: (path) => this.#choose(path, 'page') });
  #viewer;

  /** `loadResult(id)`, `picture(id, page, width, signal)`, `schemaOf(extractor)`, `lampOf(worker)`. */
  constructor({ loadResult, picture, schemaOf, lampOf }) {
    this.#loadResult = loadResult;
    this.#schemaOf = schemaOf;
    this.#lampOf = lampOf;
    this.#viewer = new Viewer({
      picture,
      onMark: (path) => this.#mark(path, 'page'),
      onChoose: (path) => this.#choose(path, 'fields'),
    });
    for (const button of byId('form-choice').children) {
      button.addEventListener('click', () => {
        this.#form = button.dataset.form;
        this.#drawForm();
      });
    }
    this.open(null);
  }

  /** The id of the open job, or null. */
  get id() {
    return this.#job?.id ?? null;
  }

  /** Opens a job; null closes. */
  open(job) {
    this.#job = job;
    this.#result = null;
    this.#chosen = null;
    this.#form = 'fields';
    this.#fields.show([], null);
    this.#viewer.open(job?.id ?? null);
    this.#draw();
    this.#askForResult();
  }

  /** Takes news of the open job; others are none of its business. */
  hear(job) {
    if (job.id !== this.id) return;
    this.#job = job;
    this.#draw();
    if (this.#result === null) this.#askForResult();
  }

  /** Lets waiting words and running times go on. */
  tick() {
    if (this.#job && ['queued', 'running'].includes(this.#job.state)) this.#drawOutcome();
  }

  async #askForResult() {
    const job = this.#job;
    if (job?.state !== 'done') return;
    try {
      const result = await this.#loadResult(job.id);
      if (job.id !== this.id) return;
      this.#result = result;
      const schema = this.#schemaOf(job.extractor);
      this.#fields.show(result.fields, schema);
      this.#viewer.showResult(result, (path) => fieldName(path, schema));
      this.#raw.show(result, job.name);
      this.#draw();
    } catch (error) {
      if (!error.sentence) throw error;
      if (job.id === this.id) byId('outcome').replaceChildren(problemBlock('The result did not come', error));
    }
  }

  /** The other side scrolls to what is pointed at; the side that is pointed on holds still. */
  #mark(path, side) {
    const shown = path ?? this.#chosen;
    this.#fields.mark(shown);
    this.#viewer.mark(shown);
    if (path === null) return;
    if (side === 'fields') this.#viewer.reveal(path);
    else this.#fields.reveal(path);
  }

  #choose(path, step) {
    this.#chosen = path;
    this.#fields.mark(path);
    this.#viewer.mark(path);
    this.#viewer.turnTo(path);
    goTo(step);
    if (step === 'fields') this.#fields.focus(path);
  }

  #draw() {
    this.#drawForm();
    this.#drawOutcome();
  }

  #drawForm() {
    byId('form-choice').hidden = this.#result === null;
    for (const button of byId('form-choice').children) {
      button.setAttribute('aria-pressed', String(button.dataset.form === this.#form));
    }
    byId('raw').hidden = this.#form !== 'json';
    byId('field-list').hidden = this.#form !== 'fields';
  }

  #drawOutcome() {
    const outcome = byId('outcome');
    if (['failed', 'dead'].includes(this.#job?.state)) {
      const title = this.#job.state === 'dead' ? `Given up after ${this.#job.attempt} attempts` : 'Failed';
      outcome.replaceChildren(problemBlock(title, this.#job.problem ?? { sentence: 'No reason was given.', hint: '' }));
      return;
    }
    let note = outcome.querySelector(':scope > .note');
    if (note === null) {
      note = element('p', { class: 'note' });
      outcome.replaceChildren(note);
    }
    setText(note, this.#words());
  }

  #words() {
    const job = this.#job;
    if (job === null) return 'The values of the job you choose stand here.';
    if (job.state === 'cancelled') return 'Cancelled. Nothing was read.';
    if (job.state === 'running') return `Being read for ${about(secondsSince(job.started_at ?? job.created_at))}.`;
    if (job.state === 'done') return this.#result ? doneWords(this.#result) : 'Done. The result is on its way.';
    const pause = -secondsSince(job.available_at);
    if (job.problem && pause > 0) return `${job.problem.sentence} Tries again in ${about(pause)}.`;
    return waitWords(this.#lampOf(job.worker));
  }
}

function doneWords({ fields, seconds }) {
  const found = fields.filter((field) => field.value !== null).length;
  const times = `waited ${duration(seconds.wait)}, read ${duration(seconds.read)}, extracted ${duration(seconds.extract)}`;
  return `${found} of ${fields.length} fields found · ${times}`;
}

function problemBlock(title, { sentence, hint }) {
  return element(
    'div',
    { class: 'problem' },
    element('h3', {}, title),
    element('p', {}, sentence),
    ...(hint ? [element('p', { class: 'note' }, hint)] : []),
  );
}
