import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createClient, RESP_TYPES } from 'redis';
import { binary, password, port } from './server.js';

async function connect(options = {}) {
  const client = createClient({ socket: { port, reconnectStrategy: 20 }, password, ...options });
  client.on('error', () => {});
  return client.connect();
}

for (const RESP of [2, 3]) {
  describe(`node-redis with RESP${RESP}`, () => {
    let redis;
    before(async () => (redis = await connect({ RESP })));
    beforeEach(() => redis.flushAll());
    after(() => redis.close());

    test('sets and gets, with a time to live', async () => {
      assert.equal(await redis.set('key', 'value', { EX: 1800 }), 'OK');
      assert.equal(await redis.get('key'), 'value');
      assert.ok((await redis.ttl('key')) > 1790);
      assert.equal(await redis.get('none'), null);
      assert.deepEqual(await redis.mGet(['key', 'none']), ['value', null]);
      assert.equal(await redis.set('key', 'other', { NX: true }), null);
      assert.equal(await redis.incrByFloat('number', 1.5), '1.5');
    });

    test('an error of the server is an error of the promise', async () => {
      await redis.set('key', 'value');
      await assert.rejects(redis.incr('key'), /ERR value is not an integer or out of range/);
    });

    test('a wrong password is refused', async () => {
      const options = { socket: { port, reconnectStrategy: false }, password: 'wrong' };
      await assert.rejects(connect({ RESP, ...options }), /WRONGPASS/);
    });

    test('replies that are maps are objects', async () => {
      assert.deepEqual({ ...(await redis.configGet('maxmemory-policy')) }, { 'maxmemory-policy': 'allkeys-lru' });
      assert.equal((await redis.hello(RESP)).proto, RESP);
      assert.equal((await redis.clientInfo()).db, 0);
      await redis.set('a', 'ohmytext');
      await redis.set('b', 'mynewtext');
      assert.equal((await redis.lcsIdx('a', 'b')).len, 6);
    });

    test('commands in one tick are one pipeline, answered in order', async () => {
      const replies = await Promise.all(
        Array.from({ length: 10000 }, (_, i) => [redis.set(`key:${i}`, `${i}`), redis.get(`key:${i}`)]).flat(),
      );
      for (let i = 0; i < 10000; ++i) assert.equal(replies[2 * i + 1], `${i}`);
    });

    test('large binary values come back as they were', async () => {
      const buffers = redis.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
      const key = binary(3000);
      const value = binary(5 * 1024 * 1024);
      await buffers.set(key, value);
      assert.ok(value.equals(await buffers.get(key)));
    });

    test('a scan iterator finds every key', async () => {
      await redis.mSet(Array.from({ length: 3000 }, (_, i) => [`scan:${i}`, `${i}`]));
      await redis.set('other', '1');
      const found = new Set();
      for await (const keys of redis.scanIterator({ MATCH: 'scan:*', COUNT: 100 })) keys.forEach((key) => found.add(key));
      assert.equal(found.size, 3000);
    });

    test('a client that was killed connects again, and authenticates again', async () => {
      await redis.set('key', 'value');
      const admin = await connect();
      const ready = new Promise((resolve) => redis.once('ready', resolve));
      assert.equal(await admin.sendCommand(['CLIENT', 'KILL', 'ID', `${await redis.clientId()}`]), 1);
      await ready;
      assert.equal(await redis.get('key'), 'value');
      await admin.close();
    });

    test('a database of its own', async () => {
      const third = await connect({ RESP, database: 3 });
      await third.set('key', 'third');
      assert.equal(await redis.get('key'), null);
      assert.equal(await third.get('key'), 'third');
      await third.close();
    });
  });
}
