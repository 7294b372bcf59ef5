// The values that were read, each with its source text and page. A field and its box on the page point at each other.

import { byId, element } from './element.js';
import { fieldName } from './fieldnames.js';

export class Fields {
  #list = byId('field-list');
  #items = new Map();
  #onMark;
  #onChoose;

  /** `onMark(path)` while a field is pointed at or has the focus, null after; `onChoose(path)` when it is pressed. */
  constructor({ onMark, onChoose }) {
    this.#onMark = onMark;
    this.#onChoose = onChoose;
  }

  /** Shows the fields of a result; `schema` gives their titles and may be null. */
  show(fields, schema) {
    this.#items.clear();
    for (const field of fields) this.#items.set(field.path, this.#item(field, schema));
    this.#list.replaceChildren(...this.#items.values());
  }

  /** Marks one field; null marks none. */
  mark(path) {
    for (const [each, item] of this.#items) item.classList.toggle('marked', each === path);
  }

  /** Scrolls to a field. */
  reveal(path) {
    this.#items.get(path)?.scrollIntoView({ block: 'nearest' });
  }

  /** Moves the focus to a field. */
  focus(path) {
    this.#items.get(path)?.querySelector('button')?.focus();
  }

  #item(field, schema) {
    const name = fieldName(field.path, schema);
    const found = field.value !== null;
    const value = element('span', { class: found ? 'value' : 'value missing' }, found ? String(field.value) : 'not found');
    const item = element('li', { 'data-path': field.path }, element('span', { class: 'field-name' }, name), value);
    if (field.page === null) return item;
    item.append(this.#source(field, name));
    item.addEventListener('pointerenter', () => this.#onMark(field.path));
    item.addEventListener('pointerleave', () => this.#onMark(null));
    item.addEventListener('click', () => {
      // Someone who selects the value to copy it is not asking for the page.
      if (getSelection().isCollapsed) this.#onChoose(field.path);
    });
    return item;
  }

  #source(field, name) {
    const source = element(
      'button',
      { type: 'button', class: 'source', 'aria-label': `${name}: show “${field.text}” on page ${field.page}` },
      element('q', {}, field.text ?? ''),
      element('span', { class: 'source-page' }, `page ${field.page}`),
    );
    source.addEventListener('focus', () => this.#onMark(field.path));
    source.addEventListener('blur', () => this.#onMark(null));
    return source;
  }
}
