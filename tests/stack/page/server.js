'use strict';
// Servers under test, each with an admin port, and a way to it that stays when a server ends.

const {spawn} = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const {until} = require('./browser');

/** The bytes of a request; arguments are strings or buffers. */
function encode(words) {
  const parts = words.map((word) => Buffer.from(word));
  return Buffer.concat([
    Buffer.from(`*${parts.length}\r\n`),
    ...parts.flatMap((part) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from('\r\n')])
  ]);
}

/** Where the reply that begins at `at` ends; nothing if it is not whole. */
function endOfReply(bytes, at) {
  const line = bytes.indexOf('\r\n', at);
  if (line === -1) return undefined;
  const type = String.fromCharCode(bytes[at]);
  const size = Number(bytes.toString('latin1', at + 1, line));
  let end = line + 2;
  if (type === '$' && size >= 0) end += size + 2;
  for (let i = 0; type === '*' && i < size && end !== undefined; ++i) end = endOfReply(bytes, end);
  return end === undefined || end > bytes.length ? undefined : end;
}

/** A connection of RESP. */
class Client {
  #received = Buffer.alloc(0);
  #whole = 0;  // bytes of it that are whole replies
  #wanted = 0;
  #tell = null;

  constructor(port) {
    this.socket = net.connect(port, '127.0.0.1');
    this.socket.on('data', (data) => this.#take(data));
    this.socket.on('error', () => {});
  }

  #take(data) {
    this.#received = Buffer.concat([this.#received, data]);
    while (this.#wanted > 0) {
      const end = endOfReply(this.#received, this.#whole);
      if (end === undefined) return;
      this.#whole = end;
      --this.#wanted;
    }
    this.#tell(this.#received.toString());
  }

  /** Sends requests at once, and brings the bytes of all replies. */
  run(...requests) {
    this.#received = Buffer.alloc(0);
    this.#whole = 0;
    this.#wanted = requests.length;
    return new Promise((resolve) => {
      this.#tell = resolve;
      this.socket.write(Buffer.concat(requests.map(encode)));
    });
  }

  close() {
    this.socket.destroy();
  }
}

class Server {
  #clients = [];

  /** Started, and ready for clients. */
  static async start(...options) {
    const server = new Server();
    server.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'page-server-'));
    const portFile = path.join(server.folder, 'port');
    server.process = spawn(
        process.env.SERVER_UNDER_TEST,
        [
          '--port', '0', '--port-file', portFile, '--bind', '127.0.0.1', '--admin-port', '0',
          '--dir', server.folder, ...options
        ],
        {stdio: 'ignore'});
    server.ended = new Promise((resolve) => {
      server.process.on('exit', resolve);
    });
    server.kill = () => server.process.kill('SIGKILL');
    process.on('exit', server.kill);
    const read = () => fs.existsSync(portFile) && Number(fs.readFileSync(portFile, 'utf8'));
    server.port = await until('the server', read);
    const client = server.connect();
    const info = await client.run(['INFO', 'sideline']);
    client.close();
    server.adminPort = Number(/admin_port:(\d+)/.exec(info)[1]);
    server.url = `http://127.0.0.1:${server.adminPort}/`;
    return server;
  }

  connect() {
    const client = new Client(this.port);
    this.#clients.push(client);
    return client;
  }

  async stats() {
    return (await fetch(`${this.url}api/stats`)).json();
  }

  async stop() {
    for (const client of this.#clients) client.close();
    this.process.kill('SIGTERM');
    await this.ended;
    process.off('exit', this.kill);
    fs.rmSync(this.folder, {recursive: true, force: true});
  }
}

/** Passes connections on to a port that may change; while it is 0, they are closed. */
class Passage {
  to = 0;

  static async open() {
    const passage = new Passage();
    passage.listener = net.createServer((socket) => passage.#pass(socket));
    await new Promise((resolve) => {
      passage.listener.listen(0, '127.0.0.1', resolve);
    });
    passage.url = `http://127.0.0.1:${passage.listener.address().port}/`;
    return passage;
  }

  #pass(socket) {
    socket.on('error', () => {});
    if (this.to === 0) return socket.destroy();
    const other = net.connect(this.to, '127.0.0.1');
    other.on('error', () => socket.destroy());
    other.on('close', () => socket.destroy());
    socket.on('close', () => other.destroy());
    return socket.pipe(other).pipe(socket);
  }

  close() {
    this.listener.close();
  }
}

module.exports = {
  Passage,
  Server
};
