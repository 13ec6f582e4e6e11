'use strict';
// Snapshots of many keys, without a server that is told of each.

const fs = require('node:fs');

/** Writes dump.rdb (RDB, version 9) of so many keys with the value "1" into a folder. */
function writeSnapshot(folder, keys) {
  const SHARE = 100000;  // that is written at once
  const DIGITS = 8;
  const entry = Buffer.from(`\0${String.fromCharCode(DIGITS)}${'0'.repeat(DIGITS)}\x011`, 'latin1');
  const file = fs.openSync(`${folder}/dump.rdb`, 'w');
  const size = Buffer.alloc(4);
  size.writeUInt32BE(keys);
  fs.writeSync(file, Buffer.from('REDIS0009\xfe\0\xfb\x80', 'latin1'));
  fs.writeSync(file, Buffer.concat([size, Buffer.from([0])]));
  for (let key = 0; key < keys;) {
    const share = Buffer.alloc(entry.length * Math.min(SHARE, keys - key), entry);
    for (let at = 2; at < share.length; at += entry.length)
      share.latin1Write(String(key++).padStart(DIGITS, '0'), at);
    fs.writeSync(file, share);
  }
  fs.writeSync(file, Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 0]));  // the end, and no checksum
  fs.closeSync(file);
}

module.exports = {writeSnapshot};
