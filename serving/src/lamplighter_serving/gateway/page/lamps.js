// The lamps as the gateway last told them, one a worker class, and which of them is shown.

import { byId, element, setText } from './element.js';

export class Lamps {
  #lamps = new Map();
  #chosen = null;
  #onChange;
  #group = byId('lamp-choice');

  constructor({ onChange }) {
    this.#onChange = onChange;
  }

  /** Takes a lamp. `heardAt` lets the countdown go on between two messages. */
  put(lamp) {
    this.#lamps.set(lamp.worker, { ...lamp, heardAt: performance.now() });
    this.#chosen ??= lamp.worker;
    this.#draw();
    this.#onChange();
  }

  /** Shows this worker's lamp; null or an unknown one leaves what is shown. */
  choose(worker) {
    if (worker === null) return;
    this.#chosen = worker;
    this.#draw();
    this.#onChange();
  }

  /** The lamp that is shown, or null. */
  get shown() {
    return this.#lamps.get(this.#chosen) ?? null;
  }

  /** The lamp of this worker class, or null. */
  of(worker) {
    return this.#lamps.get(worker) ?? null;
  }

  clear() {
    this.#lamps.clear();
    this.#chosen = null;
    this.#draw();
    this.#onChange();
  }

  /** One lamp needs no choice. */
  #draw() {
    this.#group.hidden = this.#lamps.size < 2;
    for (const button of [...this.#group.children]) {
      if (!this.#lamps.has(button.dataset.worker)) button.remove();
    }
    for (const [worker, lamp] of this.#lamps) {
      const button = [...this.#group.children].find((child) => child.dataset.worker === worker) ?? this.#add(worker);
      button.dataset.state = lamp.state;
      button.setAttribute('aria-pressed', String(worker === this.#chosen));
      setText(button.querySelector('.worker-state'), lamp.state);
    }
  }

  #add(worker) {
    const parts = [element('span', { class: 'dot', 'aria-hidden': 'true' }), worker, ' ', element('span', { class: 'worker-state' })];
    const button = element('button', { type: 'button', 'data-worker': worker }, ...parts);
    button.addEventListener('click', () => this.choose(worker));
    this.#group.append(button);
    return button;
  }
}
