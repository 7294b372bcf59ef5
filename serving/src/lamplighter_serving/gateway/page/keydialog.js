// Asks for the key, and shows on its button whether there is one and whether it works.

import { byId, setText } from './element.js';

export class KeyDialog {
  #keys;
  #dialog = byId('key-dialog');
  #text = byId('key-text');
  #button = byId('key-button');

  constructor(keys) {
    this.#keys = keys;
    this.#button.addEventListener('click', () => this.ask(''));
    byId('key-close').addEventListener('click', () => this.#dialog.close());
    byId('key-forget').addEventListener('click', () => {
      this.#dialog.close();
      keys.forget();
    });
    byId('key-form').addEventListener('submit', (event) => {
      event.preventDefault();
      const key = this.#text.value.trim();
      if (!key) return;
      this.#dialog.close();
      keys.use(key);
    });
    this.#dialog.addEventListener('close', () => {
      this.#text.value = '';
    });
  }

  /** Opens the dialog; `problem` says why the last key did not do. */
  ask(problem) {
    setText(byId('key-problem'), problem);
    byId('key-forget').hidden = this.#keys.value === null;
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#text.focus();
  }

  /** `absent`, `waiting`, `accepted`, `refused`, or `needless` where the gateway takes everyone. */
  show(state) {
    const words = {
      absent: 'no key yet',
      waiting: 'being tried',
      accepted: 'accepted',
      refused: 'refused',
      needless: 'not needed here',
    };
    this.#button.dataset.key = state;
    this.#button.setAttribute('aria-label', `Key: ${words[state]}`);
    this.#button.title = `Key: ${words[state]}`;
  }
}
