// The lamp as a person sees it: its state and the one number that matters in that state.

import { secondsSince } from './clock.js';
import { about } from './durations.js';
import { byId, setText } from './element.js';

/** What goes on in a stage, in the words of a status line. */
const STAGE_WORDS = {
  activation: 'being called',
  node: 'starting a node',
  gpu: 'readying the GPU',
  image: 'pulling the image',
  weights: 'reading the weights',
  engine: 'starting the engine',
  first_result: 'reading the first document',
};

/** What the panel says of a lamp at this moment: `{state, number, unit, note}`. */
export function lampWords(lamp) {
  const words = { dark, waking, lit, cooling }[lamp.state](lamp);
  return { ...words, note: [words.note, ...load(lamp)].filter(Boolean).join(' · ') };
}

function dark(lamp) {
  const known = lamp.expected_seconds !== null;
  return {
    state: 'Dark',
    number: known ? `about ${about(lamp.expected_seconds)}` : '',
    unit: known ? 'to a result' : 'A document wakes it',
    note: '',
  };
}

function waking(lamp) {
  const seconds = lamp.since === null ? 0 : Math.max(0, secondsSince(lamp.since));
  const expected = lamp.expected_seconds;
  return {
    state: 'Waking',
    number: about(seconds),
    unit: expected === null ? 'so far' : `of about ${about(expected)}`,
    note: STAGE_WORDS[lamp.stage] ?? lamp.stage,
  };
}

function lit(lamp) {
  const rate = Math.round(lamp.documents_per_minute);
  return { state: 'Lit', number: String(rate), unit: `${rate === 1 ? 'document' : 'documents'} a minute`, note: '' };
}

function cooling(lamp) {
  const left = (lamp.seconds_to_dark ?? 0) - (performance.now() - lamp.heardAt) / 1000;
  return left > 0
    ? { state: 'Cooling', number: about(left), unit: 'to dark', note: '' }
    : { state: 'Cooling', number: '', unit: 'Going dark now', note: '' };
}

function load(lamp) {
  const parts = [];
  if (lamp.running) parts.push(`${lamp.running} running`);
  if (lamp.queued) parts.push(`${lamp.queued} queued`);
  if (lamp.replicas > 1) parts.push(`${lamp.replicas} workers`);
  return parts;
}

/** Why a job of this lamp waits, for a person who looks at the job. */
export function waitWords(lamp) {
  if (lamp === null || lamp.state === 'lit') return 'Waits for a free place.';
  if (lamp.state !== 'waking') return 'Waits for its lamp to be lit.';
  const left = lamp.expected_seconds === null || lamp.since === null ? 0 : lamp.expected_seconds - secondsSince(lamp.since);
  const when = left > 0 ? ` About ${about(left)} to the first result.` : '';
  return `The lamp is waking: ${STAGE_WORDS[lamp.stage] ?? (lamp.stage || 'starting')}.${when}`;
}

/** Draws the panel; null when nothing is known yet. */
export function drawLamp(lamp) {
  byId('lamp').dataset.state = lamp?.state ?? 'unknown';
  const words = lamp ? lampWords(lamp) : { state: 'Lamp', number: '', unit: 'Not known yet', note: '' };
  setText(byId('lamp-state'), words.state);
  setText(byId('lamp-number'), words.number);
  setText(byId('lamp-unit'), words.unit);
  setText(byId('lamp-note'), words.note);
}

/** One sentence for those who hear the page, said when the state changes and not each second. */
export function lampSentence(lamp) {
  const expected = lamp.expected_seconds === null ? '' : `, about ${about(lamp.expected_seconds)} to the first result`;
  return { dark: 'Lamp dark', waking: `Lamp waking${expected}`, lit: 'Lamp lit', cooling: 'Lamp cooling' }[lamp.state];
}
