import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, beforeEach, describe, test } from 'node:test';
import Redis from 'ioredis';
import { binary, password, port } from './server.js';

describe('ioredis', () => {
  let redis;
  before(() => (redis = new Redis({ port, password, retryStrategy: () => 20 })));
  beforeEach(() => redis.flushall());
  after(() => redis.quit());

  test('sets and gets, with a time to live', async () => {
    assert.equal(await redis.set('key', 'value', 'EX', 1800), 'OK');
    assert.equal(await redis.get('key'), 'value');
    assert.ok((await redis.ttl('key')) > 1790);
    assert.equal(await redis.get('none'), null);
    assert.deepEqual(await redis.mget('key', 'none'), ['value', null]);
    assert.equal(await redis.set('key', 'other', 'NX'), null);
  });

  test('an error of the server is an error of the promise', async () => {
    await redis.set('key', 'value');
    await assert.rejects(redis.incr('key'), /ERR value is not an integer or out of range/);
  });

  test('a wrong password is refused', async () => {
    const stranger = new Redis({ port, password: 'wrong', lazyConnect: true, retryStrategy: () => null });
    stranger.on('error', () => {});
    await assert.rejects(stranger.get('key'));
    stranger.disconnect();
  });

  test('a pipeline is answered in order', async () => {
    const pipeline = redis.pipeline();
    for (let i = 0; i < 10000; ++i) pipeline.set(`key:${i}`, i).get(`key:${i}`);
    const replies = await pipeline.exec();
    assert.equal(replies.length, 20000);
    for (let i = 0; i < 10000; ++i) assert.deepEqual(replies[2 * i + 1], [null, `${i}`]);
  });

  test('commands in flight at once are answered each with its own reply', async () => {
    const replies = await Promise.all(Array.from({ length: 5000 }, (_, i) => redis.echo(`${i}`)));
    replies.forEach((reply, i) => assert.equal(reply, `${i}`));
  });

  test('large binary keys and values come back as they were', async () => {
    const key = binary(3000);
    const value = binary(5 * 1024 * 1024);
    await redis.set(key, value);
    assert.ok(value.equals(await redis.getBuffer(key)));
    assert.equal(await redis.strlen(key), value.length);
  });

  test('a scan stream finds every key', async () => {
    await redis.mset(Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`scan:${i}`, i])));
    await redis.set('other', 1);
    const found = new Set();
    for await (const keys of redis.scanStream({ match: 'scan:*', count: 100 })) keys.forEach((key) => found.add(key));
    assert.equal(found.size, 3000);
  });

  test('a client that was killed connects again, and authenticates again', async () => {
    await redis.set('key', 'value');
    const admin = new Redis({ port, password });
    const closed = once(redis, 'close');
    assert.equal(await admin.client('KILL', 'ID', await redis.client('ID')), 1);
    await closed;
    assert.equal(await redis.get('key'), 'value');
    await admin.quit();
  });

  test('a database of its own', async () => {
    const third = new Redis({ port, password, db: 3 });
    await third.set('key', 'third');
    assert.equal(await redis.get('key'), null);
    assert.equal(await third.get('key'), 'third');
    await third.quit();
  });
});
