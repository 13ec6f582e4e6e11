'use strict';
// The panels that are tables, and the facts of the server, from the answer of /api/stats.

function textColumn(text, className = '') {
  return {isHeader: false, className, fill: (cell, item, index) => say(cell, text(item, index))};
}

function numberColumn(text, className = '') {
  return textColumn(text, `number ${className}`);
}

/** A column of names that clients chose. */
function nameColumn(text) {
  return {isHeader: true, className: 'names', fill: (cell, item) => sayName(cell, text(item))};
}

/** A share of the whole, and a bar behind it, of which the largest one has the full length. */
function sayShare(cell, share, largest) {
  if (cell.firstElementChild === null) cell.append(element('span', 'level'), element('span'));
  cell.firstElementChild.style.width = `${(share / largest) * 100}%`;
  say(cell.lastElementChild, percent(share));
}

const HOT_COLUMNS = [
  numberColumn((_, index) => String(index + 1), 'rank'),
  nameColumn((hot) => visible(hot.key)),
  numberColumn((hot) => String(hot.db), 'wide'),
  numberColumn((hot) => rate(hot.per_second)),
  {
    isHeader: false,
    className: 'number share',
    fill: (cell, hot) => sayShare(cell, hot.share, hot.largestShare)
  },
];

function showHotKeys(stats) {
  const keys = stats.hot_keys;
  show('hot-scroll', keys.length !== 0);
  const largestShare = keys[0]?.share;
  fillRows('hot-keys', keys.map((hot) => ({...hot, largestShare})), HOT_COLUMNS);
  const together = keys.reduce((sum, hot) => sum + hot.share, 0);
  sayAt(
      'hot-note',
      keys.length === 0 ? 'No key is asked for just now.' :
                          `Of all accesses to keys in about the last minute, ${
                              percent(Math.min(together, 1))} were to ` +
              `${keys.length === 1 ? 'this one' : `these ${keys.length}`}.`);
}

function latencyColumn(name) {
  return numberColumn(({latency_seconds: latency}) => duration(latency[name]));
}

const COMMAND_COLUMNS = [
  {isHeader: true, className: '', fill: (cell, each) => say(cell, each.command)},
  numberColumn((each) => short(each.calls)),
  latencyColumn('p50'),
  latencyColumn('p99'),
  latencyColumn('p99.9'),
  numberColumn((each) => short(each.failed + each.rejected), 'wide'),
];

function showLatency(stats) {
  // Those that the server is busiest with come first.
  const commands = [...stats.commands].sort((a, b) => b.seconds - a.seconds || b.calls - a.calls);
  show('latency-scroll', commands.length !== 0);
  fillRows('commands', commands, COMMAND_COLUMNS);
  const errors =
      Object.entries(stats.errors).map(([code, times]) => `${visible(code)} ${count(times)}`);
  const noErrors = commands.length === 0 ? 'No command has run yet.' : 'No error replies.';
  sayAt('latency-note', errors.length === 0 ? noErrors : `Error replies: ${errors.join(', ')}`);
}

/** Who sent something, by address and name. */
function sender(address, name) {
  return name === '' ? visible(address) : `${visible(address)} ${visible(name)}`;
}

const SLOW_COLUMNS = [
  textColumn((slow) => clock(slow.time_ms), 'when'),
  numberColumn((slow) => duration(slow.seconds), 'took'),
  nameColumn((slow) => commandLine(slow.arguments)),
  {
    isHeader: false,
    className: 'wide from',
    fill: (cell, slow) => sayName(cell, sender(slow.client, slow.client_name))
  },
];

function showSlowLog(stats) {
  const {slow_log: slow, slow_log_from_seconds: from} = stats;
  show('slow-scroll', slow.length !== 0);
  fillRows('slow-log', slow, SLOW_COLUMNS);
  const kept = slow.length === 0 ? 'Nothing so far.' : `The newest ${slow.length}.`;
  sayAt(
      'slow-note',
      from === null ?
          'Off. CONFIG SET slowlog-log-slower-than 10000 keeps commands of more than 10 ms.' :
          `${kept} Commands of ${duration(from)} and more are kept.`);
}

function clientName(client) {
  const named = sender(client.address, client.name);
  return client.user === 'default' ? named : `${named} (${visible(client.user)})`;
}

const CLIENT_COLUMNS = [
  nameColumn(clientName),
  textColumn((client) => client.command ?? NONE, 'command'),
  numberColumn((client) => span(client.age_seconds), 'wide'),
  numberColumn((client) => span(client.idle_seconds)),
  numberColumn((client) => bytes(client.input_bytes + client.output_bytes)),
];

function showClients(stats) {
  const {list, connected, limit, paused, received, rejected} = stats.clients;
  sayAt('clients-count', `${count(connected)} of ${count(limit)}`);
  show('clients-scroll', list.length !== 0);
  fillRows('clients', list, CLIENT_COLUMNS);
  const notes =
      [list.length === 0           ? 'Nobody is connected' :
           list.length < connected ? `The ${list.length} that hold most` :
                                     'All, by what they hold'];
  notes.push(`${plural(received, 'connection')} so far, ${count(rejected)} turned away`);
  if (paused !== 0) notes.push(`${count(paused)} paused`);
  sayAt('clients-note', `${notes.join('; ')}.`);
}

const PREFIX_COLUMNS = [
  nameColumn((each) => visible(each.prefix)),
  numberColumn(({hits, misses}) => percent(hits + misses === 0 ? null : hits / (hits + misses))),
  numberColumn(({hits, misses}) => short(hits + misses), 'wide'),
  numberColumn((each) => count(each.keys)),
  numberColumn((each) => bytes(each.data_bytes)),
];

function showPrefixes(stats) {
  show('prefixes-panel', stats.prefixes.length !== 0);
  fillRows('prefixes', stats.prefixes, PREFIX_COLUMNS);
}

/** What the snapshots do, in words. */
function snapshotFact(snapshots, now) {
  if (snapshots.loading_since_ms !== null) {
    const part =
        snapshots.bytes_to_load === 0 ? 0 : snapshots.bytes_loaded / snapshots.bytes_to_load;
    return `loading, ${percent(part)}`;
  }
  if (snapshots.saving_since_ms !== null) return 'saving';
  if (!snapshots.last_ok) return 'the last one failed';
  if (snapshots.last_seconds === null) return snapshots.rules === 0 ? 'none are made' : 'none yet';
  return `${span((now - snapshots.last_success_ms) / 1000)} ago`;
}

/** [6379 and so on, or what there is instead]. */
function portFact({tcp_port: tcp, tls_port: tls}) {
  const ports = [];
  if (tcp > 0) ports.push(String(tcp));
  if (tls > 0) ports.push(`${tls} (TLS)`);
  return ports.length === 0 ? 'none' : ports.join(', ');
}

function showServer(stats) {
  const {server, snapshots} = stats;
  const days = server.tls_certificate_days;
  fillFacts('server-facts', [
    ['Version', `${server.version} (${server.commit})`],
    ['Speaks as Redis', server.redis_version],
    ['Up for', span(server.uptime_seconds)],
    ['Port', portFact(server)],
    ['Processor time', duration(server.cpu_seconds)],
    ['I/O threads', count(server.io_threads)],
    ['Process', String(server.process_id)],
    ['Snapshot', snapshotFact(snapshots, stats.time_ms)],
    ...(days === null ?
            [] :
            [['TLS certificate', days < 0 ? 'has ended' : `${plural(days, 'day')} left`]]),
  ]);
}

/** Whether clients are served, and if not so, why. */
function showHealth({server}) {
  const health = byId('health');
  health.hidden = false;
  health.dataset.ready = server.ready;
  say(health, server.ready ? 'Ready' : 'Not ready');
  show('reasons', !server.ready);
  sayAt('reasons', `Not ready: ${server.reasons.map(({detail}) => detail).join('; ')}.`);
}
