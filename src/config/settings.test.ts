import { describe, expect, it } from 'vitest';
import { ConfigError } from '../model/errors.ts';
import { readSettings } from './settings.ts';

describe('readSettings', () => {
  it('has a default for everything', () => {
    expect(readSettings({ env: {}, flags: {} })).toEqual({
      port: 8080,
      host: '127.0.0.1',
      dataDirectory: './.millwright',
      databaseUrl: null,
      adminKey: null,
      logLevel: 'info',
    });
  });

  it('reads the variables', () => {
    const env = {
      MILLWRIGHT_PORT: '9000',
      MILLWRIGHT_HOST: '0.0.0.0',
      MILLWRIGHT_DATA: '/var/lib/millwright',
      DATABASE_URL: 'postgres://me:secret@db:5432/plant',
      MILLWRIGHT_ADMIN_KEY: 'first-key',
      LOG_LEVEL: 'debug',
    };
    expect(readSettings({ env, flags: {} })).toEqual({
      port: 9_000,
      host: '0.0.0.0',
      dataDirectory: '/var/lib/millwright',
      databaseUrl: 'postgres://me:secret@db:5432/plant',
      adminKey: 'first-key',
      logLevel: 'debug',
    });
  });

  it('lets flags win over variables, also over wrong ones', () => {
    const settings = readSettings({
      env: { MILLWRIGHT_PORT: 'x', LOG_LEVEL: 'warn' },
      flags: { port: '0', logLevel: 'error' },
    });
    expect(settings).toMatchObject({ port: 0, logLevel: 'error' });
  });

  it('takes an empty variable as not set', () => {
    expect(readSettings({ env: { MILLWRIGHT_PORT: '', DATABASE_URL: '' }, flags: { host: '' } })).toMatchObject({
      port: 8080,
      databaseUrl: null,
      host: '127.0.0.1',
    });
  });

  it.each<[Record<string, string>, Record<string, string>, string]>([
    [{ MILLWRIGHT_PORT: '80a' }, {}, 'MILLWRIGHT_PORT must be a port from 0 to 65535, not "80a"'],
    [{}, { port: '65536' }, '--port must be a port from 0 to 65535, not "65536"'],
    [{}, { port: '-1' }, '--port must be a port from 0 to 65535, not "-1"'],
    [
      { MILLWRIGHT_HOST: '300.1.1.1' },
      {},
      'MILLWRIGHT_HOST must be an address or a host name such as 127.0.0.1, not "300.1.1.1"',
    ],
    [{}, { host: 'http://x' }, '--host must be an address or a host name such as 127.0.0.1, not "http://x"'],
    [
      { DATABASE_URL: 'mysql://me:secret@db' },
      {},
      'DATABASE_URL must be a URL such as postgres://user@host:5432/database',
    ],
    [{ DATABASE_URL: 'secret' }, {}, 'DATABASE_URL must be a URL such as postgres://user@host:5432/database'],
    [
      { MILLWRIGHT_ADMIN_KEY: 'two words' },
      {},
      'MILLWRIGHT_ADMIN_KEY must be 1 to 200 printable ASCII characters without spaces',
    ],
    [{ LOG_LEVEL: 'loud' }, {}, 'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent, not "loud"'],
  ])('refuses %j %j', (env, flags, message) => {
    const attempt = () => readSettings({ env, flags });
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(expect.objectContaining({ code: 'option_invalid', message }));
  });

  it.each(['localhost', '::1', '0.0.0.0', 'millwright.plant.internal', 'host-1'])('takes the host %s', (host) => {
    expect(readSettings({ env: {}, flags: { host } }).host).toBe(host);
  });
});
