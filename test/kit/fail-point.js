// Loaded into the built program before anything else (`NODE_OPTIONS=--import`), so that the program itself holds no way
// to end itself: it dies by SIGKILL exactly where FAIL_POINT says, the n-th time it comes there.
//   before-sync:n, after-sync:n      around an fdatasync of the readings log
//   before-commit:n, after-commit:n  around a COMMIT of a transaction that has copied readings
//   query:n                          before the n-th statement the process sends
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
  const datasync = prototype.datasync;
  prototype.datasync = async function () {
    pass('before-sync');
    await datasync.call(this);
    pass('after-sync');
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
