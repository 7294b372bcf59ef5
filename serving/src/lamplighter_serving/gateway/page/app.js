// Puts the page together: who tells whom. Each part knows its own noun; only this file knows them all.

import { nameJob, namedJob, takeKey } from './address.js';
import { Api, Refused, Unreachable } from './api.js';
import { onTick } from './clock.js';
import { Detail } from './detail.js';
import { takeDocuments } from './drop.js';
import { about } from './durations.js';
import { byId, setText } from './element.js';
import { EventStream } from './events.js';
import { FINAL_STATES, Jobs } from './jobs.js';
import { JobList } from './joblist.js';
import { KeyDialog } from './keydialog.js';
import { Keys } from './keys.js';
import { drawLamp, lampSentence } from './lamp.js';
import { Lamps } from './lamps.js';
import { notice, startNotice } from './notice.js';
import { goTo, startSteps } from './steps.js';
import { TaskChoice } from './task.js';
import { drawTimeline } from './timeline.js';
import { Uploads } from './uploads.js';

/** A search is asked for once the typing pauses. */
const TYPING_PAUSE_MILLISECONDS = 200;

const keys = new Keys({ onChange: changeKey, onRefused: askForKey });
const keyDialog = new KeyDialog(keys);
const api = new Api(keys);
const jobs = new Jobs();
const lamps = new Lamps({ onChange: drawLamps });
const tasks = new TaskChoice({ onChoose: (worker) => lamps.choose(worker) });
const list = new JobList({ onOpen: openJob, onCancel: cancelJob });
const detail = new Detail({
  loadResult: (id) => api.result(id),
  picture: (...what) => api.picture(...what),
  schemaOf: (extractor) => tasks.schemaOf(extractor),
  lampOf: (worker) => lamps.of(worker),
});
const uploads = new Uploads({ submit: (...what) => learn(() => api.submit(...what)), onJob: takeNewJob });
const stream = new EventStream({ open: (signal) => api.events(signal), onEvent: hear, onState: showConnection });

let search = '';
let nextCursor = null;
let searchTimer = null;

takeDocuments({ onFiles: send, titleOfTask: () => tasks.title });
startSteps();
startNotice();
byId('search').addEventListener('input', searchSoon);
byId('more').addEventListener('click', () => loadJobs(nextCursor));
addEventListener('hashchange', () => {
  if (!useKeyOfAddress()) openNamedJob();
});
onTick(tick);
if (!useKeyOfAddress()) start();

/** Whether there was one. */
function useKeyOfAddress() {
  const key = takeKey();
  if (key !== null) keys.use(key);
  return key !== null;
}

/** Another key may be another tenant's, whose jobs have other names. */
function changeKey() {
  nameJob(null);
  start();
}

/** Starts anew with the key of now. */
function start() {
  jobs.clear();
  lamps.clear();
  detail.open(null);
  nextCursor = null;
  drawJobs();
  keyDialog.show(keys.value === null ? 'absent' : 'waiting');
  stream.start();
}

function askForKey(problem) {
  keyDialog.show(problem ? 'refused' : 'absent');
  keyDialog.ask(problem);
}

function showConnection(state, seconds) {
  const words = {
    connecting: 'Connecting…',
    live: 'Live',
    lost: `Connection lost. Next attempt in ${about(seconds)}.`,
    refused: 'Waits for a key',
  };
  byId('connection').dataset.state = state;
  setText(byId('connection'), words[state]);
  if (state !== 'live') return;
  keyDialog.show(keys.value === null ? 'needless' : 'accepted');
  // The stream tells what changes from now on; what was before is asked for once.
  api.extractors().then((extractors) => tasks.show(extractors)).catch(tell);
  loadJobs().then(openNamedJob);
}

function hear(event, data) {
  if (event === 'job') hearJobs([data]);
  if (event === 'lamp') hearLamp(data);
}

function hearJobs(news, moment) {
  const before = new Map(news.map((job) => [job.id, jobs.get(job.id)?.state]));
  for (const job of jobs.put(news, moment)) {
    detail.hear(job);
    const known = before.get(job.id);
    if (known && known !== job.state && FINAL_STATES.has(job.state)) announce(`${job.name}: ${job.state}`);
  }
  drawJobs();
}

function hearLamp(lamp) {
  const before = lamps.of(lamp.worker)?.state;
  lamps.put(lamp);
  if (before !== lamp.state && lamp.worker === lamps.shown?.worker) announce(lampSentence(lamp));
}

/** Takes the job that a request answers with, unless the stream told something newer while it was on its way. */
async function learn(request) {
  const moment = jobs.moment();
  const job = await request();
  hearJobs([job], moment);
  return job;
}

async function loadJobs(cursor = null) {
  const [moment, wanted] = [jobs.moment(), search];
  try {
    const page = await api.jobs({ search: wanted, cursor });
    if (wanted !== search) return;
    nextCursor = page.next_cursor;
    hearJobs(page.jobs, moment);
  } catch (error) {
    tell(error);
  }
}

function searchSoon() {
  search = byId('search').value.trim();
  nextCursor = null;
  drawJobs();
  clearTimeout(searchTimer);
  searchTimer = setTimeout(loadJobs, TYPING_PAUSE_MILLISECONDS);
}

function send(files) {
  if (!tasks.known) {
    notice({ sentence: 'Not connected to the gateway yet, so nothing was sent.', hint: 'Drop the documents again when the page is live.' });
    return;
  }
  const task = tasks.fields;
  if (task === null) return;
  uploads.add(files, task);
  goTo('jobs');
}

/** The first of the new documents is opened; one that is being looked at is not taken away. */
function takeNewJob(job) {
  if (jobs.get(job.id) === null) return; // the key changed while it was sent
  const open = jobs.get(detail.id);
  if (open === null || FINAL_STATES.has(open.state)) showJob(job.id);
}

function openJob(id) {
  showJob(id);
  goTo('page');
}

/** A reload or a link leads to the job in the address, also to one too old for the list. */
async function openNamedJob() {
  const id = namedJob();
  if (id === null || id === detail.id) return;
  try {
    if (jobs.get(id) === null) await learn(() => api.job(id));
    if (id === namedJob()) showJob(id);
  } catch (error) {
    tell(error);
  }
}

function showJob(id) {
  const job = jobs.get(id);
  nameJob(id);
  list.choose(id);
  detail.open(job);
  lamps.choose(job.worker);
}

async function cancelJob(id) {
  try {
    await learn(() => api.cancel(id));
  } catch (error) {
    tell(error);
  }
}

function drawJobs() {
  const matching = jobs.matching(search);
  list.draw(matching);
  byId('more').hidden = nextCursor === null;
  const none = search ? 'No job has this in its name or id.' : 'No documents yet.';
  setText(byId('jobs-note'), matching.length ? '' : none);
}

function drawLamps() {
  const lamp = lamps.shown;
  drawLamp(lamp);
  drawTimeline(lamp);
  document.title = lamp ? `${lamp.state.replace(/^./, (letter) => letter.toUpperCase())} · Lamplighter` : 'Lamplighter';
}

function tick() {
  drawLamps();
  list.tick(jobs.matching(search));
  detail.tick();
}

/** For those who hear the page. */
function announce(sentence) {
  setText(byId('announcer'), sentence);
}

/** Says what a request without a place of its own was refused for. A missing key and a lost connection say so themselves. */
function tell(error) {
  if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
  if (error instanceof Refused && error.status !== 401) notice(error);
}
