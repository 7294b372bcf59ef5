// The result as the API gives it, to copy or to keep.

import { byId, setText } from './element.js';

const INDENT = 2;

export class RawResult {
  #name = '';

  constructor() {
    byId('raw-copy').addEventListener('click', () => this.#copy());
    byId('raw-download').addEventListener('click', () => this.#download());
  }

  /** Shows a result; `name` is the document's. */
  show(result, name) {
    this.#name = name;
    setText(byId('raw-text'), JSON.stringify(result, null, INDENT));
    setText(byId('raw-note'), '');
  }

  async #copy() {
    const text = byId('raw-text');
    try {
      await navigator.clipboard.writeText(text.textContent);
      setText(byId('raw-note'), 'Copied.');
    } catch {
      // No clipboard without https or permission: the text is selected, the person's own keys do the rest.
      getSelection().selectAllChildren(text);
      setText(byId('raw-note'), 'Selected: copy it with your keyboard.');
    }
  }

  #download() {
    const url = URL.createObjectURL(new Blob([byId('raw-text').textContent, '\n'], { type: 'application/json' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${this.#name.replace(/\.[^.]*$/, '') || 'result'}.json`;
    link.click();
    URL.revokeObjectURL(url);
  }
}
