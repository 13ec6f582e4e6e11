'use strict';
// The pictures of docs/images: a server with the traffic of a shop for a few minutes, and one
// without any. Usage: screenshots.js FOLDER [SECONDS]

const fs = require('node:fs');
const path = require('node:path');
const {Browser} = require('./browser');
const {Server} = require('./server');

const [folder, seconds = '200'] = process.argv.slice(2);
const KEYS = 600000;
const BATCH = 200;

const pause = (milliseconds) => new Promise((resolve) => {
  setTimeout(resolve, milliseconds);
});

/** Numbers below `count`, of which few come often; the exponent of Zipf's law is just below 1. */
function popular(count) {
  const skew = 0.9;
  return Math.floor(((count ** (1 - skew) - 1) * Math.random() + 1) ** (1 / (1 - skew))) - 1;
}

// What the services of the shop ask for, and how large it is.
const KINDS = [
  {
    name: 'catalogue',
    key: (n) => `product:${n}`,
    bytes: (n) => 120 + (n * 37) % 400,
    ttl: 0,
    part: 1
  },
  {
    name: 'sessions',
    key: (n) => `session:${(n * 2654435761 % 2 ** 32).toString(16)}`,
    bytes: () => 180,
    ttl: 1800,
    part: 0.4
  },
  {name: 'prices', key: (n) => `price:eu:${n}`, bytes: () => 24, ttl: 20, part: 0.2},
];

/** A service that asks for what it wants, and stores what is not there, until `traffic` is over. */
async function work(server, kind, traffic) {
  const client = server.connect();
  await client.run(['CLIENT', 'SETNAME', kind.name]);
  while (!traffic.isOver) {
    // Traffic comes and goes.
    const size = Math.round(BATCH * (0.7 + 0.3 * Math.sin(Date.now() / 15000)) * kind.part);
    const wanted = Array.from({length: size}, () => popular(KEYS * kind.part));
    const replies = await client.run(...wanted.map((n) => ['GET', kind.key(n)]));
    const missed = [...replies.matchAll(/\$(-1)\r\n|\$\d+\r\nx+\r\n/g)].flatMap(
        (found, index) => (found[1] === undefined ? [] : [wanted[index]]));
    const expiry = kind.ttl === 0 ? [] : ['EX', String(kind.ttl)];
    await client.run(
        ...missed.map((n) => ['SET', kind.key(n), 'x'.repeat(kind.bytes(n)), ...expiry]),
        ['TTL', kind.key(1)]);
    await pause(10);
  }
}

async function save(page, name, height = undefined) {
  const picture = await page.screenshot(height);
  fs.writeFileSync(path.join(folder, name), picture);
  console.log(`${name}: ${Math.round(picture.length / 1024)} KiB`);
}

async function busy(browser) {
  const server = await Server.start(
      '--maxmemory', '32mb', '--enable-debug-command', 'yes', '--metrics-prefix',
      'product:', 'session:', 'price:', '--metrics-miss-reasons', 'yes');
  const end = Date.now() + Number(seconds) * 1000;
  const traffic = {isOver: false};
  const workers = KINDS.map((kind) => work(server, kind, traffic));
  const operator = server.connect();
  await operator.run(
      ['CLIENT', 'SETNAME', 'operator'], ['DEBUG', 'SLEEP', '0.012'], ['KEYS', 'product:1*'],
      ['LPUSH', 'queue', 'job'], ['INCR', 'product:1']);
  const views = [
    ['page-light.png', {width: 1200}], ['page-dark.png', {width: 1200, dark: true}],
    ['page-phone.png', {width: 390, height: 844}]
  ];
  const pages = [];
  for (const [, view] of views) {
    pages.push(await browser.newPage(view));
    await pages.at(-1).show(server.url);
  }
  await pause(end - 3000 - Date.now());
  await operator.run(['KEYS', 'product:1*'], ['DEBUG', 'SLEEP', '0.021']);
  await pause(2500);
  for (const [index, [name]] of views.entries()) await save(pages[index], name);
  // For who wants to see what it is about: the first two rows.
  const place = 'document.querySelector(".wider").getBoundingClientRect()';
  await save(pages[0], 'page-top.png', (await pages[0].evaluate(`${place}.bottom`)) + 12);
  traffic.isOver = true;
  await Promise.all(workers);
  await server.stop();
}

async function empty(browser) {
  const server = await Server.start();
  const page = await browser.newPage({width: 1200});
  await page.show(server.url);
  await save(page, 'page-empty.png');
  await server.stop();
}

async function main() {
  fs.mkdirSync(folder, {recursive: true});
  const browser = new Browser();
  try {
    await busy(browser);
    await empty(browser);
  } finally {
    await browser.close();
  }
}

main();
