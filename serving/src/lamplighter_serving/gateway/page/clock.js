// What time it is at the gateway, and a tick for everything that counts. The browser's own clock may be wrong.

/** The Date header has whole seconds, so a smaller difference says nothing. */
const LEAST_OFFSET_MILLISECONDS = 2000;
const TICK_MILLISECONDS = 250;

let offsetMilliseconds = 0;

/** Takes the Date header of an answer that has just come. */
export function hearDate(header) {
  const there = Date.parse(header ?? '');
  if (Number.isNaN(there)) return;
  const offset = there - Date.now();
  offsetMilliseconds = Math.abs(offset) < LEAST_OFFSET_MILLISECONDS ? 0 : offset;
}

/** Seconds from a time the gateway wrote until now; negative when it is still to come. */
export function secondsSince(time) {
  return (Date.now() + offsetMilliseconds - Date.parse(time)) / 1000;
}

/** Calls back four times a second while anyone can see the page. Nothing is asked of the gateway. */
export function onTick(callback) {
  setInterval(() => {
    if (!document.hidden) callback();
  }, TICK_MILLISECONDS);
}
