// Durations in words. Units are always said; no more digits than mean something. Number and unit stay on one line.

const SPACE = '\u00a0';
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

/** `0.01 s`, `3.4 s`, `41 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds) {
  const length = Math.max(0, seconds);
  if (length < 0.095) return amount(length.toFixed(2), 's');
  if (length < 9.95) return amount(length.toFixed(1), 's');
  const whole = Math.round(length);
  if (whole < 2 * MINUTE) return amount(whole, 's');
  if (whole < HOUR) return amount(Math.floor(whole / MINUTE), 'min') + SPACE + amount(whole % MINUTE, 's');
  return amount(Math.floor(whole / HOUR), 'h') + SPACE + amount(Math.floor((whole % HOUR) / MINUTE), 'min');
}

/** In whole seconds from the first on, for an estimate or for what still runs: `0.2 s`, `8 s`, `50 s`, `3 min 20 s`. */
export function about(seconds) {
  const whole = Math.round(seconds);
  return whole >= 1 && whole < 10 ? amount(whole, 's') : duration(whole < 1 ? seconds : whole);
}

/** How long ago, in the largest unit that fits: `now`, `12 s`, `5 min`, `3 h`, `2 d`. */
export function age(seconds) {
  if (seconds < 1) return 'now';
  if (seconds < MINUTE) return amount(Math.floor(seconds), 's');
  if (seconds < HOUR) return amount(Math.floor(seconds / MINUTE), 'min');
  if (seconds < DAY) return amount(Math.floor(seconds / HOUR), 'h');
  return amount(Math.floor(seconds / DAY), 'd');
}

function amount(number, unit) {
  return `${number}${SPACE}${unit}`;
}
