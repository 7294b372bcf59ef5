// The API key: kept in this tab's session storage, never in the address, never anywhere else.

const STORAGE_NAME = 'lamplighter-key';

export class Keys {
  #onChange;
  #onRefused;

  constructor({ onChange, onRefused }) {
    this.#onChange = onChange;
    this.#onRefused = onRefused;
  }

  /** The key, or null. */
  get value() {
    return sessionStorage.getItem(STORAGE_NAME);
  }

  use(key) {
    sessionStorage.setItem(STORAGE_NAME, key);
    this.#onChange();
  }

  forget() {
    sessionStorage.removeItem(STORAGE_NAME);
    this.#onChange();
  }

  /** Called by the API when the gateway does not take the key, with its sentence. */
  refused(sentence) {
    this.#onRefused(this.value === null ? '' : sentence);
  }
}
