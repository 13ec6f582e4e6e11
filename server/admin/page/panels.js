'use strict';
// The panels with figures and drawings: each function shows one, from the answer of /api/stats.

const SIZE_NAMES = new Map([[0.25, '¼ ×'], [0.5, '½ ×'], [1, '1 ×'], [2, '2 ×'], [4, '4 ×']]);
const KINDS = [
  ['items', 'Items'], ['large_values', 'Large values'], ['index', 'Index'], ['overhead', 'Overhead']
];
const MISS_REASONS = ['cold', 'erased', 'expired', 'evicted'];

// Fewer reads than this say little of a policy.
const ENOUGH_READS = 1000;

/** "cold 60.0 %, expired 40.0 %", or nothing. */
function missReasons(reasons) {
  if (reasons === null) return '';
  const sum = MISS_REASONS.reduce((total, reason) => total + reasons[reason], 0);
  if (sum === 0) return '';
  return MISS_REASONS.filter((reason) => reasons[reason] !== 0)
      .map((reason) => `${reason} ${percent(reasons[reason] / sum)}`)
      .join(', ');
}

/** The ends of an axis for hit ratios: from a half or from nine tenths on if all are above. */
function hitTicks(samples) {
  const known = samples.map((sample) => sample.value).filter((value) => value !== null);
  const least = known.length === 0 ? 0 : Math.min(...known);
  if (least >= 0.9) return [0.9, 0.95, 1];
  return least >= 0.5 ? [0.5, 0.75, 1] : [0, 0.5, 1];
}

function showHits(stats, recent) {
  const {hit_ratio: ratio, hits, misses} = stats.reads;
  sayAt('hits-1m', percent(ratio['1m']));
  sayAt('hits-5m', percent(ratio['5m']));
  sayAt('hits-60m', percent(ratio['60m']));
  sayAt('hits-all', percent(ratio.all));
  const samples = recent.samples.map(({at, hitRatio}) => ({at, value: hitRatio}));
  const label = (tick) => `${Math.round(tick * 100)} %`;
  const svg = byId('hits-chart');
  drawTimeline(svg, {...recent.frame, samples, ticks: hitTicks(samples), label, hasArea: false});
  const latest = samples.at(-1).value;
  describe(svg, latest === null ? 'No reads just now.' : `Just now ${percent(latest)}.`);
  const reasons = missReasons(stats.reads.miss_reasons);
  sayAt(
      'hits-note',
      `${plural(hits, 'hit')}, ${count(misses)} miss${misses === 1 ? '' : 'es'}` +
          (reasons === '' ? '' : `; why missed: ${reasons}`));
}

function showThroughput(stats, recent) {
  const {throughput, keyspace} = stats;
  sayAt('commands-rate', rate(throughput.commands_per_second));
  sayAt('input-rate', `${bytes(Math.round(throughput.input_bytes_per_second))}/s`);
  sayAt('output-rate', `${bytes(Math.round(throughput.output_bytes_per_second))}/s`);
  sayAt('commands-total', short(throughput.commands));
  const samples = recent.samples.map(({at, commands}) => ({at, value: commands}));
  const end = niceEnd(Math.max(...samples.map((sample) => sample.value)));
  const svg = byId('commands-chart');
  drawTimeline(
      svg, {...recent.frame, samples, ticks: [0, end / 2, end], label: short, hasArea: true});
  describe(svg, `Just now ${rate(throughput.commands_per_second)} commands a second.`);
  const latest = recent.samples.at(-1);
  sayAt(
      'throughput-note',
      `${ending('evicted', keyspace.evictions, latest.evictions)}; ` +
          ending('expired', keyspace.expiries, latest.expiries));
}

/** "12 keys evicted (3/s)" */
function ending(verb, total, perSecond) {
  const now = perSecond === null || perSecond === 0 ? '' : ` (${rate(perSecond)}/s)`;
  return `${plural(total, 'key')} ${verb}${now}`;
}

const KIND_COLUMNS = [
  {isHeader: true, className: '', fill: (cell, {name}, index) => sayKind(cell, name, index)},
  {isHeader: false, className: 'number', fill: (cell, {size}) => say(cell, bytes(size))},
  {
    isHeader: false,
    className: 'number',
    fill: (cell, {size, whole}) => say(cell, whole === 0 ? NONE : percent(size / whole))
  },
];

function sayKind(cell, name, index) {
  if (cell.firstElementChild === null)
    cell.append(element('span', `swatch part-${index}`), element('span'));
  say(cell.lastElementChild, name);
}

function showMemory(stats) {
  const {memory, keyspace} = stats;
  const limit = memory.limit_bytes;
  const whole = limit === 0 ? memory.used_bytes : limit;
  sayAt('memory-used', bytes(memory.used_bytes));
  sayAt('memory-of', limit === 0 ? 'used, no limit' : `of ${bytes(limit)}`);
  sayAt('memory-share', limit === 0 ? 'Of used' : 'Of limit');
  sayAt('keys', count(keyspace.keys));
  const kinds = KINDS.map(([kind, name]) => ({name, size: memory.kinds[kind], whole}));
  fillRows('memory-kinds', kinds, KIND_COLUMNS);
  const svg = byId('memory-bar');
  drawBar(svg, kinds.map((kind) => kind.size), Math.max(whole, 1));
  describe(svg, `${kinds.map(({name, size}) => `${name} ${bytes(size)}`).join(', ')}.`);
  fillFacts('memory-facts', [
    ['Policy', memory.policy],
    ['Peak', bytes(memory.peak_bytes)],
    ['Resident set', bytes(memory.resident_bytes)],
    ['Client buffers', bytes(memory.client_buffer_bytes)],
    ['Keys with a deadline', count(keyspace.keys_with_deadline)],
    ['Keys and values alone', bytes(memory.key_bytes + memory.value_bytes)],
  ]);
}

/** The policy of the curve that evicts as the running one does, or undefined. */
function runningPolicy(curve, policy) {
  const asAllKeys = policy.replace(/^volatile-/, 'allkeys-');
  return curve.policies.find((each) => each.policy === asAllKeys);
}

/** Why there is nothing to show yet, and how to get it; "" if there is. */
function whyNoCurve(curve, limit) {
  if (curve === null) {
    return 'Off. Start the server with miss-ratio-curve yes, and it estimates the hit ratio that ' +
        'other limits and policies would have.';
  }
  if (limit === 0) return 'Without a limit nothing is evicted. Set maxmemory to have it.';
  if (curve.reads < ENOUGH_READS) {
    return `Not enough yet: ${plural(curve.reads, 'read')} of the ${
        count(ENOUGH_READS)} that it takes.`;
  }
  return '';
}

/** The answer in words: what half and twice the limit, and the best other policy, would change. */
function reading(curve, running) {
  const at = (size) => curve.sizes.indexOf(size);
  const present = running.hit_ratio[at(1)];
  const change = (size) => points(running.hit_ratio[at(size)] - present);
  const others = curve.policies.filter((each) => each !== running);
  const best = others.reduce((a, b) => (b.hit_ratio[at(1)] > a.hit_ratio[at(1)] ? b : a));
  const gain = best.hit_ratio[at(1)] - present;
  const byPolicy = gain >= 0.001 ? `${best.policy} would change it by ${points(gain)}.` :
                                   'No other policy does better.';
  return `Hit ratio at half the limit ${change(0.5)} points, at twice ${change(2)}. ${byPolicy}`;
}

function policyColumns(sizes) {
  const ratioColumn = (size, index) => ({
    isHeader: false,
    className: size === 1 ? 'number strong' : 'number',
    fill: (cell, {ratios}) => say(cell, percent(ratios[index]))
  });
  return [{isHeader: true, className: '', fill: sayPolicy}, ...sizes.map(ratioColumn)];
}

function sayPolicy(cell, line) {
  if (cell.firstElementChild === null) {
    cell.append(
        shape('svg', {class: 'sample', 'aria-hidden': 'true'}), element('span'),
        element('small', 'tag'));
  }
  drawSample(cell.firstElementChild, line);
  cell.parentElement.classList.toggle('running', line.isRunning);
  say(cell.children[1], line.name);
  say(cell.lastElementChild, line.isRunning ? 'running' : '');
}

function showSizes(names) {
  const make = () => {
    const cell = element('th', 'number');
    cell.scope = 'col';
    return cell;
  };
  fillChildren(byId('curve-sizes'), ['Policy', ...names], make, (cell, name, index) => {
    cell.classList.toggle('number', index !== 0);
    say(cell, name);
  });
}

function showCurve(stats) {
  const {miss_ratio_curve: curve, memory} = stats;
  const why = whyNoCurve(curve, memory.limit_bytes);
  show('curve-figures', why === '');
  show('curve-note', why === '');
  sayAt('curve-reading', why);
  if (why !== '') return;
  const running = runningPolicy(curve, memory.policy);
  sayAt(
      'curve-reading',
      running === undefined ?
          `The running policy, ${memory.policy}, is none of those that are estimated.` :
          reading(curve, running));
  const sizeNames = curve.sizes.map((size) => SIZE_NAMES.get(size) ?? `${size} ×`);
  const limits = curve.sizes.map((size) => bytes(memory.limit_bytes * size));
  const lines = curve.policies.map((each, number) => ({
                                     number,
                                     name: each.policy.replace('allkeys-', ''),
                                     ratios: each.hit_ratio,
                                     isRunning: each === running
                                   }));
  drawCurve(byId('curve-chart'), {sizes: curve.sizes, sizeNames, limits, lines});
  showSizes(sizeNames);
  fillRows('curve-policies', lines, policyColumns(curve.sizes));
  sayAt(
      'curve-note',
      `Hit ratio, estimated from ${plural(curve.sampled_keys, 'followed key')} and ` +
          `${plural(curve.reads, 'read')}, of which ${percent(curve.actual_hit_ratio)} were hits.`);
}
