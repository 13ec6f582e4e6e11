'use strict';
// Chromium without a window, driven by the DevTools protocol over a pipe: no port, no library.

const {spawn} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const ARGUMENTS = [
  '--headless',
  '--remote-debugging-pipe',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-breakpad',
  '--disable-extensions',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-domain-reliability',
  '--hide-scrollbars',
  '--force-color-profile=srgb',
  // Nothing is looked up. One name leads here, as if somebody had pointed it here.
  '--host-resolver-rules=MAP elsewhere.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** Asks again and again until the answer is true; what else it was is told after a while. */
async function until(what, ask, patience = 15000) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 40);
    });
  }
}

class Browser {
  #calls = new Map();
  #listeners = new Map();  // of events, by session
  #next = 1;

  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'page-test-'));
    const asRoot = process.getuid() === 0 ? ['--no-sandbox'] : [];
    this.process = spawn(
        'chromium', [...ARGUMENTS, ...asRoot, `--user-data-dir=${this.folder}`],
        {stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true});
    this.ended = new Promise((resolve) => {
      this.process.on('exit', resolve);
    });
    // Its processes are a group of their own, which does not outlive this one.
    this.kill = () => {
      try {
        process.kill(-this.process.pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    };
    process.on('exit', this.kill);
    this.#read(this.process.stdio[4]);
    this.process.stdio[3].on('error', () => {});
  }

  #read(pipe) {
    let pieces = [];
    pipe.on('data', (data) => {
      let begin = 0;
      for (let end = data.indexOf(0); end !== -1; end = data.indexOf(0, begin)) {
        pieces.push(data.subarray(begin, end));
        this.#take(JSON.parse(Buffer.concat(pieces).toString()));
        pieces = [];
        begin = end + 1;
      }
      pieces.push(data.subarray(begin));
    });
  }

  #take(message) {
    if (message.id === undefined) {
      this.#listeners.get(message.sessionId)?.(message.method, message.params);
      return;
    }
    const {resolve, reject, method} = this.#calls.get(message.id);
    this.#calls.delete(message.id);
    if (message.error)
      reject(new Error(`${method}: ${message.error.message}`));
    else
      resolve(message.result);
  }

  call(method, params = {}, sessionId = undefined) {
    const id = this.#next++;
    this.process.stdio[3].write(`${JSON.stringify({id, method, params, sessionId})}\0`);
    return new Promise((resolve, reject) => {
      this.#calls.set(id, {resolve, reject, method});
    });
  }

  /** A new tab, which shares nothing with others. */
  async newPage(options = {}) {
    const {browserContextId} = await this.call('Target.createBrowserContext');
    const {targetId} =
        await this.call('Target.createTarget', {url: 'about:blank', browserContextId});
    const {sessionId} = await this.call('Target.attachToTarget', {targetId, flatten: true});
    const page = new Page(
        (method, params) => this.call(method, params, sessionId),
        () => this.call('Target.disposeBrowserContext', {browserContextId}));
    this.#listeners.set(sessionId, (method, params) => page.hear(method, params));
    await page.prepare(options);
    return page;
  }

  async close() {
    const asked = this.call('Browser.close').catch(() => {});
    await Promise.race([
      Promise.all([asked, this.ended]), new Promise((resolve) => {
        setTimeout(resolve, 5000).unref();
      })
    ]);
    this.kill();
    await this.ended;
    process.off('exit', this.kill);
    fs.rmSync(this.folder, {recursive: true, force: true, maxRetries: 5, retryDelay: 100});
  }
}

class Page {
  complaints = [];  // of the browser: errors, and what the policy forbade
  requests = 0;     // for /api/stats
  stats = null;     // what is answered to them in the server's place: an object, or nothing

  constructor(call, close) {
    this.call = call;
    this.close = close;
  }

  async prepare({width = 1280, height = 900, dark = false, reducedMotion = false, scale = 1}) {
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.call(`${domain}.enable`);
    await this.call('Fetch.enable', {patterns: [{urlPattern: '*/api/stats'}]});
    await this.resize(width, height, scale);
    await this.call('Emulation.setEmulatedMedia', {
      features: [
        {name: 'prefers-color-scheme', value: dark ? 'dark' : 'light'},
        {name: 'prefers-reduced-motion', value: reducedMotion ? 'reduce' : 'no-preference'}
      ]
    });
  }

  resize(width, height, scale = 1) {
    return this.call(
        'Emulation.setDeviceMetricsOverride',
        {width, height, deviceScaleFactor: scale, mobile: width < 600});
  }

  hear(method, params) {
    if (method === 'Runtime.exceptionThrown') {
      const {exception, text} = params.exceptionDetails;
      this.complaints.push(exception?.description ?? text);
    } else if (method === 'Runtime.consoleAPICalled') {
      this.complaints.push(
          `console.${params.type}: ${params.args.map((each) => each.value).join(' ')}`);
    } else if (method === 'Log.entryAdded') {
      this.complaints.push(`${params.entry.source}: ${params.entry.text}`);
    } else if (method === 'Fetch.requestPaused') {
      this.#answer(params.requestId).catch(() => {});  // the tab was closed meanwhile
    }
  }

  #answer(requestId) {
    ++this.requests;
    if (this.stats === null) return this.call('Fetch.continueRequest', {requestId});
    return this.call('Fetch.fulfillRequest', {
      requestId,
      responseCode: 200,
      responseHeaders: [{name: 'Content-Type', value: 'application/json'}],
      body: Buffer.from(JSON.stringify(this.stats)).toString('base64')
    });
  }

  /** What `expression` is in the page. */
  async evaluate(expression) {
    const {result, exceptionDetails} =
        await this.call('Runtime.evaluate', {expression, returnByValue: true, awaitPromise: true});
    if (exceptionDetails)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** What a function of the page answers; a text with plain spaces. */
  ask(name, ...values) {
    return this.plain(`${name}(${values.map((each) => JSON.stringify(each)).join(', ')})`);
  }

  text(id) {
    return this.plain(`document.getElementById(${JSON.stringify(id)}).textContent`);
  }

  /** A text, or a list of lists of them, in which spaces that end no line are like others. */
  async plain(expression) {
    return JSON.parse(JSON.stringify(await this.evaluate(expression)).replaceAll('\u00a0', ' '));
  }

  until(expression) {
    // While a page is loaded there is none to ask.
    return until(expression, () => this.evaluate(expression).catch(() => false));
  }

  async open(url) {
    await this.call('Page.navigate', {url});
    await this.until('document.readyState === "complete"');
  }

  /** Opens it, and waits until it shows figures. */
  async show(url, stats = null) {
    this.stats = stats;
    await this.open(url);
    await this.until('document.documentElement.dataset.state === "live"');
  }

  async type(text) {
    await this.call('Input.insertText', {text});
  }

  async press(key) {
    const code = {Enter: 13, Tab: 9}[key];
    const text = key === 'Enter' ? '\r' : undefined;
    await this.call(
        'Input.dispatchKeyEvent', {type: 'keyDown', key, windowsVirtualKeyCode: code, text});
    await this.call('Input.dispatchKeyEvent', {type: 'keyUp', key, windowsVirtualKeyCode: code});
  }

  /** The page down to `height`, as a PNG; all of it without. */
  async screenshot(height = undefined) {
    const {cssContentSize: all} = await this.call('Page.getLayoutMetrics');
    const clip = {x: 0, y: 0, scale: 1, width: all.width, height: height ?? all.height};
    const {data} = await this.call('Page.captureScreenshot', {clip, captureBeyondViewport: true});
    return Buffer.from(data, 'base64');
  }
}

module.exports = {
  Browser,
  until
};
