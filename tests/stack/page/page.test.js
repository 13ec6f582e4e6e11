'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {after, before, describe, test} = require('node:test');
const answers = require('./answers');
const {Browser, until} = require('./browser');
const checks = require('./checks');
const {Passage, Server} = require('./server');
const {writeSnapshot} = require('./snapshot');

const HOSTILE = {
  script: '<script>window.hacked=1</script>',
  image: '<img/src=x/onerror=window.hacked=1>',
  controls: 'a\u0000b\u001b[31mred\nnext\u202egnp.exe\u200b',
  shownControls: 'a\\x00b\\x1b[31mred\\x0anext\\xe2\\x80\\xaegnp.exe\\xe2\\x80\\x8b',
  long: 'long:'.repeat(60),
  wide: '\ufdfd'.repeat(60),
  tall: `zalgo${'\u0301\u0320'.repeat(50)}`,
  bytes: Buffer.from([0xff, 0xfe, 0x3c, 0x62, 0x3e]),
  shownBytes: '\\xff\\xfe<b>',
};
const COMPLAINTS_OF_NETWORK = /^network: Failed to load resource/;
const options = {
  timeout: 30000
};

let browser;
before(() => {
  browser = new Browser();
});
after(() => browser.close());

/** A test with a tab of its own, in which nothing may go wrong that the browser tells of. */
function testPage(name, body, {view = {}, allowed = null} = {}) {
  test(name, options, async () => {
    const page = await browser.newPage(view);
    try {
      await body(page);
      const complaints = page.complaints.filter((each) => allowed === null || !allowed.test(each));
      assert.deepEqual(complaints, []);
    } finally {
      await page.close();
    }
  });
}

async function assertFine(
    page, wanted = Object.values(checks).filter((each) => each !== checks.inPage)) {
  for (const check of wanted)
    assert.deepEqual(await page.evaluate(checks.inPage(check)), [], check.name);
}

/** The texts of a table's rows, cell by cell. */
function rows(page, id) {
  return page.plain(`[...document.getElementById("${id}").rows]
    .map((row) => [...row.cells].map((cell) => cell.textContent))`);
}

/** The rows of a table, each under the text of its heading. */
async function rowsByName(page, id, column = 0) {
  return new Map((await rows(page, id)).map((row) => [row[column], row]));
}

describe('a server with traffic', () => {
  let server;
  let client;
  before(async () => {
    server = await Server.start(
        '--maxmemory', '64mb', '--metrics-prefix', 'user:', '--metrics-miss-reasons', 'yes');
    client = server.connect();
    await client.run(
        ['CLIENT', 'SETNAME', 'loader'],
        ...Array.from(
            {length: 2000}, (_, index) => ['SET', `user:${index % 500}`, 'v'.repeat(index)]),
        ...Array.from(
            {length: 3000}, (_, index) => ['GET', `user:${index % 10 === 0 ? index : 7}`]),
        ['INCR', 'user:1'], ['NOSUCH']);
  });
  after(() => server.stop());

  testPage('shows what /api/stats tells', async (page) => {
    await page.show(server.url);
    const stats = await server.stats();
    const count = (value) => value.toLocaleString('en-GB');
    const percent = (value) => `${(value * 100).toFixed(1)} %`;
    assert.equal(await page.text('keys'), count(stats.keyspace.keys));
    assert.equal(await page.text('hits-all'), percent(stats.reads.hit_ratio.all));
    assert.equal(await page.text('hits-1m'), percent(stats.reads.hit_ratio['1m']));
    assert.equal(await page.text('memory-of'), 'of 64 MiB');
    assert.match(
        await page.text('hits-note'), new RegExp(`^${count(stats.reads.hits)} hits, .*cold`));
    assert.match(
        await page.text('server-facts'),
        new RegExp(`${stats.server.version} .*${stats.server.process_id}`));
    const commands = await rowsByName(page, 'commands');
    assert.equal(commands.get('set')[1], '2 k');
    assert.equal(commands.get('get')[1], '3 k');
    assert.equal(await page.text('latency-note'), 'Error replies: ERR 2');
    const hot = await rows(page, 'hot-keys');
    assert.deepEqual(hot[0].slice(0, 2), ['1', 'user:7']);
    assert.equal(hot[0][4], percent(stats.hot_keys[0].share));
    assert.equal(hot.length, stats.hot_keys.length);
    assert.equal((await rows(page, 'clients'))[0][0], `${stats.clients.list[0].address} loader`);
    assert.equal(await page.text('clients-count'), `1 of ${count(stats.clients.limit)}`);
    assert.equal((await rows(page, 'prefixes'))[0][3], count(stats.prefixes[0].keys));
    const kinds = await rowsByName(page, 'memory-kinds');
    assert.equal(kinds.get('Items')[1], await page.ask('bytes', stats.memory.kinds.items));
    const curve = await rowsByName(page, 'curve-policies');
    const {policies} = stats.miss_ratio_curve;
    assert.deepEqual(
        curve
            .get(
                'lru' +
                'running')
            ?.slice(1),
        await Promise.all(policies[0].hit_ratio.map((ratio) => page.ask('percent', ratio))));
    assert.equal(curve.size, policies.length);
    await assertFine(page);
  });

  testPage('follows what happens', async (page) => {
    await page.show(server.url);
    const sets = Number((await server.stats()).keyspace.sets);
    await client.run(...Array.from({length: 1000}, (_, index) => ['SET', `other:${index}`, 'v']));
    await client.run(...Array.from({length: 1000}, (_, index) => ['GET', `other:${index * 2}`]));
    const {keyspace} = await server.stats();
    assert.equal(keyspace.sets, sets + 1000);
    await page.until(`byId("keys").textContent === "${keyspace.keys.toLocaleString('en-GB')}"`);
    await page.until(
        'byId("hits-chart").querySelector("desc").textContent.startsWith("Just now 50.0")');
  });

  testPage('asks every two seconds, not while it is hidden or paused', async (page) => {
    await page.show(server.url);
    await until('a second request', () => page.requests >= 2);
    const restsFor = async (milliseconds) => {
      await page.until('!isAsking');
      const before = page.requests;
      await new Promise((resolve) => {
        setTimeout(resolve, milliseconds);
      });
      return page.requests === before;
    };
    const hide = (isHidden) => page.evaluate(`Object.defineProperty(document, "hidden",
      { configurable: true, value: ${
        isHidden} }); document.dispatchEvent(new Event("visibilitychange")); isAsking`);
    await hide(true);
    assert.ok(await restsFor(2500), 'asked while hidden');
    assert.ok(await hide(false), 'waited although it is seen again');
    await page.evaluate('byId("pause").focus()');
    await page.press('Enter');
    assert.match(await page.text('state'), /^Paused at \d\d:\d\d:\d\d$/);
    assert.ok(await restsFor(2500), 'asked while paused');
    await page.press('Enter');
    await page.until('document.documentElement.dataset.state === "live"');
  });

  testPage('says to whom it comes under a name that was pointed here', async (page) => {
    await page.open(server.url.replace('127.0.0.1', 'elsewhere.example'));
    await page.until('!byId("notice").hidden');
    assert.match(
        await page.text('notice'), /answers 403: Without an admin-token, protected mode serves/);
    assert.equal(await page.evaluate('byId("figures").hidden'), true);
  }, {allowed: COMPLAINTS_OF_NETWORK});

  testPage('lets no other script run, and this test would notice', async (page) => {
    await page.show(server.url);
    await page.evaluate(`document.body.append(Object.assign(document.createElement("script"),
      { textContent: "window.hacked = 1" }))`);
    await page.evaluate(
        'document.body.insertAdjacentHTML("beforeend", "<img src=/x onerror=hacked=1>")');
    await until('the policy to complain', () => page.complaints.length >= 2);
    assert.equal(await page.evaluate('window.hacked'), undefined);
    assert.match(page.complaints.join('\n'), /Content Security Policy/);
  }, {allowed: /Content Security Policy/});
});

describe('names of clients', () => {
  let server;
  before(async () => {
    server =
        await Server.start('--slowlog-log-slower-than', '0', '--metrics-prefix', HOSTILE.script);
    const client = server.connect();
    await client.run(
        ['CLIENT', 'SETNAME', HOSTILE.image],
        ...['script', 'controls', 'long', 'wide', 'tall', 'bytes'].map(
            (name) => ['SET', HOSTILE[name], HOSTILE.image]));
  });
  after(() => server.stop());

  for (const width of [360, 1280]) {
    testPage(`are text and stay in their place, ${width} pixels wide`, async (page) => {
      await page.show(server.url);
      const keys = await rowsByName(page, 'hot-keys', 1);
      for (const shown
               of [HOSTILE.script, HOSTILE.shownControls, HOSTILE.shownBytes, HOSTILE.wide]) {
        assert.ok(keys.has(shown), `${shown} among ${[...keys.keys()]}`);
      }
      assert.ok(keys.has(HOSTILE.long.slice(0, 256)));
      const slow = (await rows(page, 'slow-log')).map((row) => row[2]).join('\n');
      assert.ok(slow.includes(`SET ${HOSTILE.shownControls}`), slow);
      assert.ok((await rows(page, 'clients'))[0][0].endsWith(HOSTILE.image));
      assert.equal((await rows(page, 'prefixes'))[0][0], HOSTILE.script);
      assert.equal(
          await page.evaluate(
              'document.images.length + document.querySelectorAll("main script").length'),
          0);
      assert.equal(await page.evaluate('window.hacked'), undefined);
      const heights =
          await page.evaluate('[...byId("hot-keys").rows].map((row) => row.offsetHeight)');
      assert.ok(Math.max(...heights) <= 48, `rows of ${heights}`);
      await assertFine(page);
    }, {view: {width}});
  }
});

describe('a server without keys', () => {
  let server;
  before(async () => {
    server = await Server.start('--miss-ratio-curve', 'no', '--maxmemory', '0');
  });
  after(() => server.stop());

  testPage('is shown as what it is', async (page) => {
    await page.show(server.url);
    assert.equal(await page.text('keys'), '0');
    for (const id of ['hits-1m', 'hits-5m', 'hits-60m', 'hits-all'])
      assert.equal(await page.text(id), '–', id);
    assert.equal(await page.text('memory-of'), 'used, no limit');
    assert.match(
        await page.text('curve-reading'), /^Off. Start the server with miss-ratio-curve yes/);
    assert.equal(await page.text('hot-note'), 'No key is asked for just now.');
    assert.match(
        await page.text('slow-note'), /^Nothing so far. Commands of 10 ms and more are kept.$/);
    assert.match(await page.text('clients-note'), /^Nobody is connected/);
    await assertFine(page);
    await page.resize(360, 800);
    await assertFine(page);
  });
});

describe('a server with ten million keys', () => {
  const KEYS = 1e7;
  let folder;
  let server;
  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'page-snapshot-'));
    writeSnapshot(folder, KEYS);
    server = await Server.start('--dir', folder, '--maxmemory', '1gb');
    await until('the load', async () => (await server.stats()).server.ready, 120000);
  });
  after(async () => {
    await server?.stop();
    fs.rmSync(folder, {recursive: true, force: true});
  });

  testPage('is shown with them', async (page) => {
    await page.show(server.url);
    assert.equal(await page.text('keys'), '10,000,000');
    assert.equal(await page.text('memory-of'), 'of 1 GiB');
    assert.equal(await page.text('health'), 'Ready');
    for (const width of [1000, 360]) {
      await page.resize(width, 800);
      await assertFine(page);
    }
  });
});

describe('whatever is answered', () => {
  let server;
  before(async () => {
    server = await Server.start();
  });
  after(() => server.stop());

  testPage('says that there is not enough yet for the curve', async (page) => {
    await page.show(server.url);
    assert.match(
        await page.text('curve-reading'), /^Not enough yet: 0 reads of the 1,000 that it takes.$/);
    assert.equal(await page.evaluate('byId("curve-figures").hidden'), true);
  });

  for (const dark of [false, true]) {
    testPage(`large figures have room, ${dark ? 'dark' : 'light'}`, async (page) => {
      await page.show(server.url, answers.busy());
      assert.equal(await page.text('keys'), '10,000,000');
      assert.equal(await page.text('commands-rate'), '1.23 M');
      assert.equal(await page.text('hits-1m'), '99.99 %');
      assert.equal(await page.text('health'), 'Not ready');
      assert.match(await page.text('reasons'), /as many clients as maxclients allows/);
      await assertFine(page);
      for (const width of [360, 768, 1000]) {
        await page.resize(width, 800);
        await assertFine(page, [checks.sideways]);
      }
    }, {view: {dark}});
  }

  testPage('the widest times have room on a phone', async (page) => {
    const stats = answers.busy();
    for (const each of stats.commands)
      each.latency_seconds = {'p50': 0.00123, 'p99': 0.00123, 'p99.9': 0.00123};
    await page.show(server.url, stats);
    assert.equal((await rows(page, 'commands'))[0][2], '1.23 ms');
    await page.resize(360, 800);
    await assertFine(page, [checks.sideways]);
  });

  testPage('dark differs from light', async (page) => {
    const colors = 'JSON.stringify([document.body, byId("hits-title")].map((each) => ' +
        '[getComputedStyle(each).backgroundColor, getComputedStyle(each).color]))';
    await page.show(server.url);
    const light = await page.evaluate(colors);
    await page.prepare({dark: true});
    assert.notEqual(await page.evaluate(colors), light);
  });

  testPage('the running policy stands out, in more than colour', async (page) => {
    const shown = async (policy) => {
      await page.show(server.url, answers.running(policy));
      return {
        reading: await page.text('curve-reading'),
        running: await page.evaluate(`[...byId("curve-policies").querySelectorAll("tr.running th")]
          .map((each) => each.textContent)`),
        weight: await page.evaluate(
            'getComputedStyle(document.querySelector(".running > td") ?? document.body).fontWeight'),
        points: await page.evaluate('byId("curve-chart").querySelectorAll("circle").length')
      };
    };
    assert.deepEqual(await shown('allkeys-s3fifo'), {
      running: ['s3fiforunning'],
      weight: '600',
      points: 5,
      reading: 'Hit ratio at half the limit −9.0 points, at twice +4.0. ' +
          'allkeys-lru would change it by +1.0.'
    });
    const volatile = await shown('volatile-lru');
    assert.deepEqual(volatile.running, ['lrurunning']);
    assert.match(volatile.reading, /No other policy does better.$/);
    const none = await shown('noeviction');
    assert.deepEqual(none.running, []);
    assert.equal(
        none.reading, 'The running policy, noeviction, is none of those that are estimated.');
  });

  testPage('nothing moves for who wants that', async (page) => {
    await page.show(server.url);
    assert.equal(await page.evaluate('getComputedStyle(byId("pause")).transitionDuration'), '0s');
    assert.equal(await page.evaluate('document.getAnimations().length'), 0);
  }, {view: {reducedMotion: true}});

  testPage('spells figures so that they say no more than is known', async (page) => {
    await page.show(server.url);
    const spelt = [
      ['percent', 1, '100 %'],
      ['percent', 0.99999, '99.99 %'],
      ['percent', 0.00001, '0.01 %'],
      ['percent', 0, '0 %'],
      ['percent', 0.973, '97.3 %'],
      ['percent', null, '–'],
      ['bytes', 0, '0 B'],
      ['bytes', 1023, '1,023 B'],
      ['bytes', 1048575, '1 MiB'],
      ['bytes', 2 ** 28, '256 MiB'],
      ['short', 999, '999'],
      ['short', 999999, '1 M'],
      ['short', 12345, '12.3 k'],
      ['short', 2e18, '2,000,000 T'],
      ['rate', 0.04, '0'],
      ['rate', 0.26, '0.3'],
      ['rate', 1500, '1.5 k'],
      ['duration', 8.5e-7, '850 ns'],
      ['duration', 0.0000012, '1.2 µs'],
      ['duration', 0.9999, '1 s'],
      ['duration', 150, '2 min'],
      ['span', 0, '0 s'],
      ['span', 59, '59 s'],
      ['span', 86400, '1 d'],
      ['span', 98000, '1 d 3 h'],
      ['points', -0.0004, '0.0'],
      ['points', -0.021, '−2.1'],
    ];
    for (const [name, value, text] of spelt)
      assert.equal(await page.ask(name, value), text, `${name}(${value})`);
  });
});

describe('a server with a token', () => {
  // Beyond ASCII, as a token is bytes.
  const token = 'sésame, öffne dich';
  let server;
  before(async () => {
    server = await Server.start('--admin-token', token);
  });
  after(() => server.stop());

  const asks = (page) => page.until('document.documentElement.dataset.state === "locked"');
  const enter = async (page, text) => {
    await page.type(text);
    await page.press('Enter');
  };

  testPage('is asked for it, keeps it in the tab, and forgets it', async (page) => {
    await page.open(server.url);
    await asks(page);
    assert.equal(await page.evaluate('document.activeElement.id'), 'token');
    assert.equal(await page.evaluate('byId("figures").checkVisibility()'), false);
    await assertFine(page);
    await page.resize(360, 700);
    await assertFine(page);
    await enter(page, 'wrong');
    await page.until(
        'byId("sign-in-error").textContent === "The server does not accept this token."');
    await enter(page, token);
    await page.until('document.documentElement.dataset.state === "live"');
    assert.equal(await page.evaluate('byId("sign-in").checkVisibility()'), false);
    assert.equal(
        await page.evaluate(
            'localStorage.length + document.cookie + location.search + location.hash'),
        '0');
    assert.equal(
        await page.evaluate('document.documentElement.outerHTML')
            .then((html) => html.includes(token)),
        false);
    await page.show(server.url);  // it is still known
    await page.evaluate('byId("forget").click()');
    await asks(page);
    assert.equal(await page.evaluate('sessionStorage.length'), 0);
    assert.equal(await page.text('hot-keys'), '');
  }, {allowed: COMPLAINTS_OF_NETWORK});

  testPage('does not know it in another tab', async (page) => {
    await page.open(server.url);
    await asks(page);
  }, {allowed: COMPLAINTS_OF_NETWORK});
});

describe('a server that ends', () => {
  testPage('is told of, with its last figures, until there is another one', async (page) => {
    const passage = await Passage.open();
    let server = await Server.start();
    try {
      const client = server.connect();
      await client.run(['SET', 'k', 'v']);
      passage.to = server.adminPort;
      await page.show(passage.url);
      passage.to = 0;
      await server.stop();
      await page.until('document.documentElement.dataset.state === "lost"');
      assert.match(
          await page.text('notice'),
          /^The server is not reachable. What is shown is of [\d:]{8}. Trying again every 2 seconds.$/);
      assert.equal(await page.text('keys'), '1');
      await assertFine(page, [checks.faint, checks.sideways]);
      server = await Server.start();
      passage.to = server.adminPort;
      await page.until('document.documentElement.dataset.state === "live"');
      assert.equal(await page.text('keys'), '0');
      assert.equal(await page.evaluate('byId("notice").hidden'), true);
      assert.equal(
          await page.evaluate('recent.samples.length <= 2'), true);  // those of the first are gone
    } finally {
      await server.stop();
      passage.close();
    }
  }, {allowed: COMPLAINTS_OF_NETWORK});
});
