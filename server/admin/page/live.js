'use strict';
// Asks /api/stats again and again, and shows what it says: or that it cannot be asked.

const POLL_MS = 2000;
const PATIENCE_MS = 5000;
const SPAN_MS = 3 * 60 * 1000;
const TOKEN = 'sideline-token';

/** What the drawings of the last minutes need. */
class Recent {
  samples = [];
  #last = null;

  /** Takes the counters of one answer; rates are those since the one before. */
  add(stats) {
    const before = this.#last;
    this.#last = stats;
    const at = stats.time_ms;
    // A clock that was set back, another process: there is nothing to compare with.
    if (before !== null && (at <= before.time_ms || stats.server.run_id !== before.server.run_id)) {
      this.samples = [];
    }
    const since = this.samples.length === 0 ? null : before;
    this.samples.push({
      at,
      commands: stats.throughput.commands_per_second,
      hitRatio: Recent.#hitRatio(stats.reads, since?.reads),
      evictions: Recent.#perSecond(stats, since, (each) => each.keyspace.evictions),
      expiries: Recent.#perSecond(stats, since, (each) => each.keyspace.expiries)
    });
    this.samples = this.samples.filter((sample) => sample.at > at - SPAN_MS - 2 * POLL_MS);
  }

  get frame() {
    return {now: this.#last.time_ms, spanMs: SPAN_MS, longestGapMs: 3 * POLL_MS};
  }

  /** Of the reads between two answers; null if there were none, or counters began again. */
  static #hitRatio(now, before) {
    if (before === undefined) return null;
    const hits = now.hits - before.hits;
    const misses = now.misses - before.misses;
    return hits < 0 || misses < 0 || hits + misses === 0 ? null : hits / (hits + misses);
  }

  static #perSecond(now, before, counter) {
    if (before === null) return null;
    const difference = counter(now) - counter(before);
    return difference < 0 ? null : (difference * 1000) / (now.time_ms - before.time_ms);
  }
}

const recent = new Recent();
let latest = null;
let timer = 0;
let isAsking = false;
let isPaused = false;
let isLocked = false;

function showFigures() {
  const panels = [
    showHealth, showHits, showThroughput, showMemory, showCurve, showHotKeys, showLatency,
    showSlowLog, showClients, showPrefixes, showServer
  ];
  for (const panel of panels) panel(latest, recent);
}

/** `state` is one of live, paused, lost, locked; `text` says it. */
function showState(state, text) {
  document.documentElement.dataset.state = state;
  sayAt('state', text);
}

function showNotice(text) {
  show('notice', text !== '');
  sayAt('notice', text);
}

function asOf() {
  return latest === null ? '' : ` What is shown is of ${clock(latest.time_ms)}.`;
}

/** The bytes of a token, as fetch wants them: a character each. */
function bearer(token) {
  return `Bearer ${String.fromCharCode(...new TextEncoder().encode(token))}`;
}

function takeStats(stats) {
  latest = stats;
  recent.add(stats);
  showNotice('');
  show('sign-in', false);
  show('figures', true);
  const hasToken = sessionStorage.getItem(TOKEN) !== null;
  show('forget', hasToken);
  show('links', !hasToken);  // a browser that follows one sends no token
  showFigures();
  showPauseOrLive();
}

function showPauseOrLive() {
  showState(isPaused ? 'paused' : 'live', isPaused ? `Paused at ${clock(latest.time_ms)}` : 'Live');
}

/** The figures are gone from the page until the token is given. */
function lock(error) {
  sessionStorage.removeItem(TOKEN);
  latest = null;
  isLocked = true;
  sayAt('sign-in-error', error);
  showNotice('');
  for (const id of ['figures', 'health', 'reasons', 'forget', 'links']) show(id, false);
  show('sign-in', true);
  byId('token').focus();
  showState('locked', 'Token needed');
}

function lose(text) {
  for (const id of ['health', 'reasons']) show(id, false);  // nobody knows
  showNotice(`${text}${asOf()} Trying again every ${POLL_MS / 1000} seconds.`);
  showState('lost', latest === null ? 'No figures' : 'Not live');
}

/** The status and the text of the answer; null if there is none. */
async function request(token) {
  const headers = token === null ? {} : {Authorization: bearer(token)};
  try {
    const response = await fetch('api/stats', {
      headers,
      cache: 'no-store',
      credentials: 'omit',
      signal: AbortSignal.timeout(PATIENCE_MS)
    });
    return {status: response.status, text: await response.text()};
  } catch {
    return null;
  }
}

function take(answer, token) {
  if (answer === null) return lose('The server is not reachable.');
  if (answer.status === 401)
    return lock(token === null ? '' : 'The server does not accept this token.');
  if (answer.status === 200) return takeStats(JSON.parse(answer.text));
  return lose(`The server answers ${answer.status}: ${visible(answer.text.trim())}.`);
}

function schedule() {
  clearTimeout(timer);
  if (!isPaused && !isLocked && !document.hidden) timer = setTimeout(poll, POLL_MS);
}

async function poll() {
  if (isAsking) return;
  isAsking = true;
  const token = sessionStorage.getItem(TOKEN);
  const answer = await request(token);
  isAsking = false;
  try {
    // An answer to another token than the present one is of no use.
    if (token === sessionStorage.getItem(TOKEN)) take(answer, token);
  } finally {
    schedule();
  }
}

function signIn(event) {
  event.preventDefault();
  sessionStorage.setItem(TOKEN, byId('token').value);
  byId('token').value = '';
  isLocked = false;
  poll();
}

/** Loads the page anew, so that nothing is left in it either. */
function forget() {
  sessionStorage.removeItem(TOKEN);
  location.reload();
}

function pause() {
  isPaused = !isPaused;
  byId('pause').setAttribute('aria-pressed', isPaused);
  if (!isPaused) return poll();
  if (latest !== null) showPauseOrLive();
  return schedule();
}

/** Who looks again wants figures of now. */
function wake() {
  if (document.hidden || isPaused || isLocked) return schedule();
  return poll();
}

function start() {
  document.title = `Sideline ${location.host}`;
  sayAt('where', location.host);
  byId('sign-in').addEventListener('submit', signIn);
  byId('forget').addEventListener('click', forget);
  byId('pause').addEventListener('click', pause);
  document.addEventListener('visibilitychange', wake);
  window.addEventListener('resize', () => {
    if (latest !== null) showFigures();
  });
  poll();
}

start();
