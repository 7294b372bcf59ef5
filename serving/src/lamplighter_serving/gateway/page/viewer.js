// The picture of a page with a box where each value stands. The gateway draws the picture, so boxes and picture agree.

import { byId, element, setText } from './element.js';

/** Widths asked for, in pixels: few, so that the gateway's cache is hit. */
const PICTURE_WIDTHS = [900, 1400, 1800];

export class Viewer {
  #picture;
  #onMark;
  #onChoose;
  #sheet = byId('sheet');
  #note = byId('page-note');
  #job = null;
  #page = 1;
  #pages = [];
  #fields = [];
  #nameOf = (path) => path;
  #loading = null;
  #url = null;
  #marked = null;

  /** `picture(job, page, width, signal)` gives a blob; `onMark` and `onChoose` are those of `Fields`. */
  constructor({ picture, onMark, onChoose }) {
    this.#picture = picture;
    this.#onMark = onMark;
    this.#onChoose = onChoose;
    byId('page-before').addEventListener('click', () => this.#turn(this.#page - 1));
    byId('page-after').addEventListener('click', () => this.#turn(this.#page + 1));
  }

  /** Shows the first page of a job, without boxes; null shows nothing. */
  open(job) {
    this.#job = job;
    this.#pages = [];
    this.#fields = [];
    this.#page = 1;
    this.#marked = null;
    this.#load();
  }

  /** Adds what was read: `pages` with their sizes in points, `fields` with their boxes, `nameOf(path)`. */
  showResult({ pages, fields }, nameOf) {
    this.#pages = pages;
    this.#fields = fields.filter((field) => field.box !== null);
    this.#nameOf = nameOf;
    this.#drawPager();
    this.#drawBoxes();
  }

  /** Marks a field's box, when its page is the one that is shown. */
  mark(path) {
    this.#marked = path;
    for (const box of this.#boxes()) box.classList.toggle('marked', box.dataset.path === path);
  }

  /** Scrolls to a field's box, when its page is the one that is shown. */
  reveal(path) {
    this.#boxes().find((box) => box.dataset.path === path)?.scrollIntoView({ block: 'nearest' });
  }

  /** Turns to the page a field stands on, and scrolls to its box. */
  turnTo(path) {
    const field = this.#fields.find((each) => each.path === path);
    if (field) this.#turn(field.page);
    this.reveal(path);
  }

  #boxes() {
    return [...this.#sheet.querySelectorAll('.box')];
  }

  #turn(page) {
    if (page === this.#page || !this.#pages.some(({ number }) => number === page)) return;
    this.#page = page;
    this.#load();
  }

  async #load() {
    this.#loading?.abort();
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    const [job, page] = [this.#job, this.#page];
    this.#drawPager();
    this.#show(null, job === null ? 'Choose a job to see its document.' : 'Drawing the page…');
    if (job === null) return;
    try {
      const blob = await this.#picture(job, page, this.#width(), signal);
      if (!signal.aborted) this.#show(blob, '', page);
    } catch (error) {
      if (signal.aborted) return;
      if (!error.sentence) throw error;
      this.#show(null, `This page cannot be drawn. ${error.sentence} ${error.hint ?? ''}`.trim());
    }
  }

  #width() {
    const wanted = byId('page-view').clientWidth * devicePixelRatio;
    return PICTURE_WIDTHS.find((width) => width >= wanted) ?? PICTURE_WIDTHS.at(-1);
  }

  #show(blob, note, page) {
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = blob && URL.createObjectURL(blob);
    this.#sheet.hidden = blob === null;
    this.#sheet.replaceChildren(...(blob ? [element('img', { src: this.#url, alt: `Page ${page} of the document` })] : []));
    setText(this.#note, note);
    this.#drawBoxes();
  }

  #drawPager() {
    byId('pager').hidden = this.#pages.length < 2;
    setText(byId('page-number'), `${this.#page} of ${this.#pages.length}`);
    byId('page-before').disabled = this.#page <= 1;
    byId('page-after').disabled = this.#page >= this.#pages.length;
  }

  #drawBoxes() {
    for (const box of this.#boxes()) box.remove();
    const size = this.#pages.find(({ number }) => number === this.#page);
    if (!size || this.#sheet.hidden) return;
    const here = this.#fields.filter((field) => field.page === this.#page);
    this.#sheet.append(...here.map((field) => this.#box(field, size)));
    this.mark(this.#marked);
  }

  /** Points of the page become shares of the picture, whatever its size on the screen. */
  #box(field, { width, height }) {
    const [left, top, right, bottom] = field.box;
    const label = `${this.#nameOf(field.path)}: ${field.value}`;
    const box = element('button', { type: 'button', class: 'box', 'data-path': field.path, 'aria-label': label, title: label });
    box.style.left = `${(100 * left) / width}%`;
    box.style.top = `${(100 * top) / height}%`;
    box.style.width = `${(100 * (right - left)) / width}%`;
    box.style.height = `${(100 * (bottom - top)) / height}%`;
    box.addEventListener('pointerenter', () => this.#onMark(field.path));
    box.addEventListener('pointerleave', () => this.#onMark(null));
    box.addEventListener('focus', () => this.#onMark(field.path));
    box.addEventListener('blur', () => this.#onMark(null));
    box.addEventListener('click', () => this.#onChoose(field.path));
    return box;
  }
}
