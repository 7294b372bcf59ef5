// The list of jobs: newest first, one row a job, walked with j and k.

import { secondsSince } from './clock.js';
import { about, age, duration } from './durations.js';
import { byId, element, setText } from './element.js';
import { FINAL_STATES } from './jobs.js';

export class JobList {
  #list = byId('job-list');
  #rows = new Map();
  #chosen = null;
  #onOpen;
  #onCancel;

  constructor({ onOpen, onCancel }) {
    this.#onOpen = onOpen;
    this.#onCancel = onCancel;
    document.addEventListener('keydown', (event) => this.#hearKey(event));
  }

  /** Draws these jobs in this order; rows that stay keep their focus. */
  draw(jobs) {
    const shown = new Set(jobs.map((job) => job.id));
    for (const [id, row] of this.#rows) {
      if (shown.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    jobs.forEach((job, place) => {
      const row = this.#rows.get(job.id) ?? this.#add(job);
      fill(row, job);
      if (this.#list.children[place] !== row) this.#list.insertBefore(row, this.#list.children[place] ?? null);
    });
    this.#mark();
  }

  /** Lets ages and running durations go on. */
  tick(jobs) {
    for (const job of jobs) {
      const row = this.#rows.get(job.id);
      if (row) fillTimes(row, job);
    }
  }

  /** Marks the job that is open. */
  choose(id) {
    this.#chosen = id;
    this.#mark();
  }

  #add(job) {
    const open = element(
      'button',
      { type: 'button', class: 'job' },
      element('span', { class: 'dot', 'aria-hidden': 'true' }),
      element('span', { class: 'job-name' }),
      element('span', { class: 'job-age note' }),
      element('span', { class: 'job-state note' }),
      element('span', { class: 'job-duration note' }),
    );
    const cancel = element('button', { type: 'button', class: 'cancel' }, 'Cancel');
    open.addEventListener('click', () => this.#onOpen(job.id));
    cancel.addEventListener('click', () => this.#onCancel(job.id));
    const row = element('li', { 'data-job': job.id }, open, cancel);
    this.#rows.set(job.id, row);
    return row;
  }

  #mark() {
    for (const [id, row] of this.#rows) {
      const open = row.querySelector('.job');
      if (id === this.#chosen) open.setAttribute('aria-current', 'true');
      else open.removeAttribute('aria-current');
    }
  }

  #hearKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest('input, textarea, select, dialog')) return;
    const step = { j: 1, k: -1 }[event.key];
    if (step !== undefined) this.#move(step);
    else if (event.key === '/') byId('search').focus();
    else return;
    event.preventDefault();
  }

  /** From the row with the focus, else from the open job, else from the top. Enter then presses the row's button. */
  #move(step) {
    const rows = [...this.#list.children];
    const focused = rows.findIndex((row) => row.contains(document.activeElement));
    const from = focused >= 0 ? focused : rows.findIndex((row) => row.dataset.job === this.#chosen);
    const to = from < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, from + step));
    rows[to]?.querySelector('.job').focus();
  }
}

function fill(row, job) {
  row.dataset.state = job.state;
  setText(row.querySelector('.job-name'), job.name || job.id);
  row.querySelector('.job-name').title = job.name || job.id;
  const cancel = row.querySelector('.cancel');
  cancel.hidden = FINAL_STATES.has(job.state);
  cancel.setAttribute('aria-label', `Cancel ${job.name || job.id}`);
  fillTimes(row, job);
}

function fillTimes(row, job) {
  setText(row.querySelector('.job-age'), age(secondsSince(job.created_at)));
  setText(row.querySelector('.job-state'), stateWords(job));
  setText(row.querySelector('.job-duration'), jobDuration(job));
}

/** The state, and what the document is read as. */
function stateWords(job) {
  const waitsForRetry = job.state === 'queued' && job.problem !== null && job.attempt > 0;
  const state = waitsForRetry ? `attempt ${job.attempt} of ${job.max_attempts} failed` : job.state;
  const soFar = job.state === 'running' ? ` ${about(secondsSince(job.started_at ?? job.created_at))}` : '';
  return `${state}${soFar} · ${job.extractor ?? 'own schema'}`;
}

/** From the submission to the end, as the person who waited felt it. */
function jobDuration(job) {
  return job.finished_at ? duration((Date.parse(job.finished_at) - Date.parse(job.created_at)) / 1000) : '';
}
