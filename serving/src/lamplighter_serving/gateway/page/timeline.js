// The timeline of a wake: one row a stage, the expected length as an outline under the measured one.

import { secondsSince } from './clock.js';
import { about, duration } from './durations.js';
import { byId, element, setText } from './element.js';

/** In the order in which they happen; the names are those of the gateway's metrics. */
const STAGES = ['activation', 'node', 'gpu', 'image', 'weights', 'engine', 'first_result'];
const STAGE_NAMES = { gpu: 'GPU', first_result: 'First result' };

/**
 * The rows of a lamp's wake: `[{stage, start, measured, expected, running}]`, all in seconds, null for what is not known.
 * A stage starts where the one before it ends; before it began, where that one is expected to end.
 */
export function wakeRows(lamp) {
  const running = runningStage(lamp);
  const known = STAGES.filter((stage) => stage in lamp.stages || stage in lamp.expected || stage === running);
  const reached = Math.max(...known.map((stage, place) => (stage in lamp.stages || stage === running ? place : -1)));
  let start = 0;
  return known
    // A stage that was passed without being measured did not happen this time.
    .filter((stage, place) => stage in lamp.stages || place >= reached)
    .map((stage) => {
      const expected = lamp.expected[stage] ?? null;
      const measured = stage === running ? runningSeconds(lamp) : (lamp.stages[stage] ?? null);
      const row = { stage, start, measured, expected, running: stage === running };
      start += row.running ? Math.max(measured, expected ?? 0) : (measured ?? expected ?? 0);
      return row;
    });
}

function runningStage(lamp) {
  if (lamp.state === 'waking') return lamp.stage;
  const begun = Object.keys(lamp.stages).length > 0 && !('first_result' in lamp.stages);
  return lamp.state === 'lit' && begun ? 'first_result' : '';
}

function runningSeconds(lamp) {
  const sinceState = lamp.since === null ? 0 : secondsSince(lamp.since);
  const finished = lamp.state === 'waking' ? Object.values(lamp.stages).reduce((sum, seconds) => sum + seconds, 0) : 0;
  return Math.max(0, sinceState - finished);
}

/** Draws the timeline; null when nothing is known yet. */
export function drawTimeline(lamp) {
  const rows = lamp ? wakeRows(lamp) : [];
  const measured = rows.filter((row) => row.measured !== null);
  const title = rows.some((row) => row.running) ? 'This wake' : measured.length ? 'Last wake' : 'Next wake';
  setText(byId('wake-title'), title);
  setText(byId('wake-total'), total(rows, measured));
  setText(byId('wake-note'), rows.length ? '' : 'No wake measured yet. Its stages will stand here.');
  const scale = Math.max(0.001, ...rows.map((row) => row.start + Math.max(row.measured ?? 0, row.expected ?? 0)));
  const list = byId('stages');
  const shown = rows.map((row) => row.stage).join();
  if (list.dataset.stages !== shown) {
    list.dataset.stages = shown;
    list.replaceChildren(...rows.map((row) => emptyRow(row.stage)));
  }
  rows.forEach((row, place) => fillRow(list.children[place], row, scale));
}

function total(rows, measured) {
  const sum = (some, of) => some.reduce((seconds, row) => seconds + (of(row) ?? 0), 0);
  const expected = sum(rows, (row) => row.expected);
  const parts = measured.length ? [duration(sum(measured, (row) => row.measured))] : [];
  if (expected > 0) parts.push(`${measured.length ? 'usually' : 'about'} ${about(expected)}`);
  return parts.join(', ');
}

function emptyRow(stage) {
  const bars = [element('span', { class: 'bar expected' }), element('span', { class: 'bar measured' })];
  return element(
    'li',
    { 'data-stage': stage },
    element('span', { class: 'stage-name' }, STAGE_NAMES[stage] ?? stage.replace(/^./, (letter) => letter.toUpperCase())),
    element('span', { class: 'track', 'aria-hidden': 'true' }, ...bars),
    element('span', { class: 'stage-seconds' }),
  );
}

function fillRow(item, row, scale) {
  const [expected, measured] = item.querySelectorAll('.bar');
  place(expected, row.start, row.expected, scale);
  place(measured, row.start, row.measured, scale);
  item.classList.toggle('running', row.running);
  const seconds = item.querySelector('.stage-seconds');
  setText(seconds, row.measured === null ? `about ${about(row.expected)}` : duration(row.measured));
  seconds.classList.toggle('note', row.measured === null);
  item.title = row.expected === null ? '' : `Usually ${duration(row.expected)}`;
}

/** Set through the style object: the page's policy forbids style attributes. */
function place(bar, start, length, scale) {
  bar.hidden = length === null;
  if (length === null) return;
  bar.style.left = `${(100 * start) / scale}%`;
  bar.style.width = `${(100 * length) / scale}%`;
}
