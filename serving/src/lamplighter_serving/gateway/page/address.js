// What the page's address says in its fragment, which no browser sends to a server: a key to take, the job that is open.

/** Takes the key of `#key=…` out of the address, where it must not stay: addresses are kept in histories. Null without one. */
export function takeKey() {
  const key = fragment().get('key')?.trim() || null;
  if (key !== null) clear();
  return key;
}

/** The id in `#job=…`, or null. */
export function namedJob() {
  return fragment().get('job');
}

/** Names the open job, so that a reload or a link leads to it; null names none. */
export function nameJob(id) {
  if (id === null) clear();
  else history.replaceState(null, '', `#${new URLSearchParams({ job: id })}`);
}

function clear() {
  history.replaceState(null, '', location.pathname + location.search);
}

function fragment() {
  return new URLSearchParams(location.hash.slice(1));
}
