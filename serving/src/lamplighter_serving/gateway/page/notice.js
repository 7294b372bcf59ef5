// One line for what went wrong with a request that has no place of its own on the page.

import { byId, setText } from './element.js';

/** Makes the button work that takes the notice away. */
export function startNotice() {
  byId('notice-dismiss').addEventListener('click', () => {
    byId('notice').hidden = true;
  });
}

/** Shows a sentence with its hint. */
export function notice({ sentence, hint = '' }) {
  byId('notice').hidden = false;
  setText(byId('notice-text'), `${sentence} ${hint}`.trim());
}
