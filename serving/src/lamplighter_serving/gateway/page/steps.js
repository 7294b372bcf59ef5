// On a narrow screen the three columns are three steps: jobs, page, fields. On a wide one all three are seen, and this does nothing.

import { byId } from './element.js';

/** Goes to a step: `jobs`, `page` or `fields`. */
export function goTo(step) {
  const workspace = byId('workspace');
  const isNarrow = document.querySelector('.steps').checkVisibility();
  if (isNarrow && workspace.dataset.step !== step) workspace.scrollIntoView();
  workspace.dataset.step = step;
  for (const button of buttons()) {
    if (button.dataset.step === step) button.setAttribute('aria-current', 'step');
    else button.removeAttribute('aria-current');
  }
}

/** Makes the buttons work. */
export function startSteps() {
  for (const button of buttons()) button.addEventListener('click', () => goTo(button.dataset.step));
}

function buttons() {
  return document.querySelectorAll('.steps [data-step]');
}
