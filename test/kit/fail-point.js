// Loaded into the built program before anything else (`NODE_OPTIONS=--import`), so that the program itself holds no way
// to end itself: it dies by SIGKILL exactly where FAIL_POINT says, the n-th time it comes there.
//   before-sync:n, after-sync:n      when the readings log is written and not synced yet, and when it is
//   before-commit:n, after-commit:n  around a COMMIT of a transaction that has copied readings
//   query:n                          before the n-th statement the process sends
import { openSync, writevSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { isMainThread } from 'node:worker_threads';
import pg from 'pg';

const [point, count] = (process.env['FAIL_POINT'] ?? '').split(':');
let left = Number(count);

/** @param {string} here */
function pass(here) {
  if (here === point && --left === 0) process.kill(process.pid, 'SIGKILL');
}

async function interceptSync() {
  const handle = await open(import.meta.filename, 'r'); // the class of a file handle can't be had otherwise
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  if (process.platform === 'linux') return interceptDurableWrites(prototype);
  const datasync = prototype.datasync;
  prototype.datasync = async function () {
    pass('before-sync');
    await datasync.call(this);
    pass('after-sync');
  };
}

/** Here a write of the log returns when it is durable, so what lies between the two is made by a file that is open in the plain way. */
function interceptDurableWrites(prototype) {
  const writev = prototype.writev;
  prototype.writev = async function (parts, position) {
    if (point === 'before-sync' && left === 1) writevSync(openSync(`/proc/self/fd/${this.fd}`, 'r+'), parts, position);
    pass('before-sync');
    const written = await writev.call(this, parts, position);
    pass('after-sync');
    return written;
  };
}

function interceptQueries() {
  const copying = new WeakSet();
  const query = pg.Client.prototype.query;
  pg.Client.prototype.query = function (...args) {
    pass('query');
    const text = typeof args[0] === 'string' ? args[0] : (args[0]?.text ?? args[0]?.cursor?.text ?? '');
    if (/^copy reading/i.test(text)) copying.add(this);
    if (text !== 'commit' || !copying.delete(this)) return query.apply(this, args);
    pass('before-commit');
    return query.apply(this, args).then((result) => {
      pass('after-commit');
      return result;
    });
  };
}

if (isMainThread) {
  await interceptSync();
  interceptQueries();
}
