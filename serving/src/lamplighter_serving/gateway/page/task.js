// What is to be read out of the next documents: an extractor of the gateway, or one's own JSON Schema.

import { byId, element, setText } from './element.js';

const OWN_SCHEMA = '';
const EXAMPLE = `{
  "type": "object",
  "properties": {
    "number": {"type": ["string", "null"], "title": "Contract number"},
    "signed": {"type": ["string", "null"], "format": "date"}
  }
}`;

export class TaskChoice {
  #select = byId('task-select');
  #panel = byId('schema-panel');
  #text = byId('schema-text');
  #note = byId('schema-note');
  #extractors = null; // not known yet
  #onChoose;

  /** `onChoose(worker)` is told the worker class that will do it, null when the gateway chooses. */
  constructor({ onChoose }) {
    this.#onChoose = onChoose;
    this.#text.placeholder = EXAMPLE;
    this.#select.addEventListener('change', () => this.#choose());
    this.#text.addEventListener('input', () => this.#check());
  }

  /** Offers these extractors; keeps the choice where it still exists. */
  show(extractors) {
    const before = this.#extractors === null ? extractors[0]?.name : this.#select.value;
    this.#extractors = extractors;
    const options = extractors.map(({ name, title }) => element('option', { value: name }, title || name));
    this.#select.replaceChildren(...options, element('option', { value: OWN_SCHEMA }, 'Own JSON Schema…'));
    if (extractors.some(({ name }) => name === before)) this.#select.value = before;
    this.#choose();
  }

  /** Whether the gateway has told what it offers. */
  get known() {
    return this.#extractors !== null;
  }

  /** The chosen task's name, for a sentence. */
  get title() {
    return this.#select.value === OWN_SCHEMA ? 'your own schema' : this.#select.selectedOptions[0].textContent;
  }

  /** The fields of the submission, or null when the schema is not ready; then it says so where the person must look. */
  get fields() {
    if (this.#select.value !== OWN_SCHEMA) return { extractor: this.#select.value };
    if (this.#check() && this.#text.value.trim()) return { schema: this.#text.value };
    if (!this.#text.value.trim()) this.#say('Write the schema first: it says which fields are read.', true);
    this.#text.focus();
    return null;
  }

  /** The schema of a named extractor, null for one's own. */
  schemaOf(name) {
    return this.#extractors?.find((extractor) => extractor.name === name)?.schema ?? null;
  }

  #choose() {
    const chosen = this.#extractors.find(({ name }) => name === this.#select.value);
    this.#panel.hidden = chosen !== undefined;
    this.#check();
    this.#onChoose(chosen?.worker ?? null);
  }

  #check() {
    const text = this.#text.value.trim();
    try {
      if (text) JSON.parse(text);
    } catch (error) {
      this.#say(`Not JSON yet: ${error.message}.`, true);
      return false;
    }
    this.#say('The gateway says which keywords it takes when a document is sent.', false);
    return true;
  }

  #say(sentence, isFailure) {
    setText(this.#note, sentence);
    this.#note.classList.toggle('failure-text', isFailure);
  }
}
