'use strict';
// How figures and texts are spelt. Nothing here knows the page.

const NONE = '–';
const LOCALE = 'en-GB';
const GAP = '\u00a0';  // between a number and its unit, where no line ends

const whole = new Intl.NumberFormat(LOCALE, {maximumFractionDigits: 0});
const significant = new Intl.NumberFormat(LOCALE, {maximumSignificantDigits: 3});

/** 10,000,000 */
function count(value) {
  return whole.format(value);
}

/** `value` in the largest of the units that leaves 1 and more of it. */
function inUnits(value, step, units) {
  let unit = 0;
  // What would be rounded up to a thousand is one of the next unit.
  while (unit + 1 < units.length && Math.abs(value) >= step * 0.9995) {
    value /= step;
    ++unit;
  }
  const number = Math.abs(value) >= 999.5 ? whole.format(value) : significant.format(value);
  return units[unit] === '' ? number : number + GAP + units[unit];
}

/** 950, 12.3 k, 10 M */
function short(value) {
  return inUnits(value, 1000, ['', 'k', 'M', 'G', 'T']);
}

/** 0.2, 950, 12.3 k; what is next to nothing is 0. */
function rate(value) {
  return value < 0.05 ? '0' : short(value < 10 ? Math.round(value * 10) / 10 : value);
}

/** 512 B, 1.5 KiB, 256 MiB */
function bytes(value) {
  return inUnits(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);
}

/** 97.3 %, 99.96 %: towards the ends with more digits, and never 100 % of what is less. */
function percent(ratio) {
  if (ratio === null || ratio === undefined || Number.isNaN(ratio)) return NONE;
  const value = ratio * 100;
  const isNearEnd = value > 99 || value < 1;
  if (value === 0 || value === 100) return `${value}${GAP}%`;
  const digits = isNearEnd ? 2 : 1;
  const step = 10 ** -digits;
  const shown = Math.min(Math.max(value, step), 100 - step);
  return `${shown.toFixed(digits)}${GAP}%`;
}

/** +1.2, −0.4, 0.0: the difference of two ratios in points. */
function points(difference) {
  const text = Math.abs(difference * 100).toFixed(1);
  if (text === '0.0') return '0.0';
  return (difference < 0 ? '−' : '+') + text;
}

/** 850 ns, 12 µs, 3.4 ms, 1.2 s, 2 min */
function duration(seconds) {
  if (seconds === null || seconds === undefined) return NONE;
  if (seconds >= 99.5) return span(seconds);
  if (seconds >= 0.9995) return `${significant.format(seconds)}${GAP}s`;
  return inUnits(seconds * 1e9, 1000, ['ns', 'µs', 'ms']);
}

/** 42 s, 5 min, 3 h 20 min, 12 d 4 h */
function span(seconds) {
  const total = Math.max(0, Math.floor(seconds));
  const units = [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]];
  const first = Math.max(0, units.findIndex(([, size]) => total >= size));
  const at = total === 0 ? units.length - 1 : first;
  const [unit, size] = units[at];
  const text = count(Math.floor(total / size)) + GAP + unit;
  if (unit !== 'd' && unit !== 'h') return text;
  const [next, nextSize] = units[at + 1];
  const rest = Math.floor((total % size) / nextSize);
  return rest === 0 ? text : `${text} ${rest}${GAP}${next}`;
}

/** 14:05:09, and the date if it is another day's. */
function clock(ms) {
  const date = new Date(ms);
  const time = date.toLocaleTimeString(LOCALE);
  if (date.toDateString() === new Date().toDateString()) return time;
  return `${date.toLocaleDateString(LOCALE, {day: 'numeric', month: 'short'})} ${time}`;
}

/** 1 key, 2 keys */
function plural(value, noun) {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

// Control characters, and what is unseen or turns the direction of what follows: they would make a
// name look like another one.
const UNSEEN = new RegExp(
    '[\\u0000-\\u001f\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5' +
        '\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f' +
        '\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0' +
        '\\u{e0000}-\\u{e0fff}]',
    'gu');

/**
 * A name of a client's choice, with nothing unseen in it: \xHH for each such byte, as the server
 *  spells what is no UTF-8.
 */
function visible(text) {
  const escaped = (character) => Array
                                     .from(
                                         new TextEncoder().encode(character),
                                         (byte) => `\\x${byte.toString(16).padStart(2, '0')}`)
                                     .join('');
  return text.replace(UNSEEN, escaped);
}

/** The arguments of a command on one line. */
function commandLine(words) {
  const quoted = (word) => (word === '' || /[ "']/.test(word) ? JSON.stringify(word) : word);
  return words.map((word) => quoted(visible(word))).join(' ');
}
