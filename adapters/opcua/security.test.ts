import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EndpointDescription,
  InMemoryCertificateKeyPairProvider,
  LogLevel,
  MessageSecurityMode,
  SecurityPolicy,
  type ServerSecureChannelLayer,
  setLogLevel,
  UserTokenPolicy,
  UserTokenType,
} from 'node-opcua';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import type { Clock } from '../adapter.ts';
import { chooseEndpoint, MODES } from './endpoint.ts';
import { opcua } from './index.ts';
import { loadLibrary } from './library.ts';
import { ownCertificate } from './own-certificate.ts';
import { faultOf } from './server-certificate.ts';
import type { Config } from './settings.ts';
import { configOf, type Plant, startPlant, startProxy, startRun, URI } from './testbench.ts';
import { thumbprintOf, trust } from './trust.ts';

vi.setConfig({ testTimeout: 60_000 }); // servers make keys and subscriptions: seconds on a machine that is busy

const SPEED = { speed: `nsu=${URI};s=Speed` };
const EVERY_POLICY = [
  SecurityPolicy.None,
  SecurityPolicy.Basic256Sha256,
  SecurityPolicy.Aes128_Sha256_RsaOaep,
  SecurityPolicy.Aes256_Sha256_RsaPss,
];

let plant: Plant;
let directory: string;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  setLogLevel(LogLevel.Emergency);
  directory = join(await mkdtemp(join(tmpdir(), 'millwright-opcua-own-')), 'press-ua');
  plant = await startPlant({
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
    securityPolicies: EVERY_POLICY,
  });
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(async () => {
  await plant.stop();
  await rm(join(directory, '..'), { recursive: true });
});

describe('a server with security', () => {
  test('is refused until somebody trusts its certificate, with all that is needed to decide and the command', async () => {
    const thumbprint = thumbprintOf(plant.server.getCertificate());
    const refused = start({ security: 'encrypt' });
    await expect(refused.running).rejects.toMatchObject({
      name: 'AdapterError',
      code: 'certificate_refused',
      message: expect.stringMatching(
        new RegExp(
          `certificate ${thumbprint} of ".*CN=.*", expires 20\\d\\d-.* nobody has trusted yet.*` +
            `run: millwright probe --plant plant.yaml --source press-ua --trust ${thumbprint}$`,
        ),
      ),
    });
    expect(refused.readings).toEqual([]);
    await expect(probe({ trust: 'AB'.repeat(20) })).rejects.toMatchObject({ code: 'certificate_refused' });

    const report = await probe({ trust: thumbprint.toLowerCase() });
    expect(report.tags).toMatchObject([{ tag: 'speed', reading: { value: 12.5 }, problem: null }]);
    expect(report.notes.join('\n')).toContain(thumbprint);
    expect((await probe({})).tags).toMatchObject([{ problem: null }]);
  });

  test('its own key is made once and is nobody else’s to read', async () => {
    const [folder, key] = await Promise.all([stat(directory), stat(join(directory, 'own-key.pem'))]);
    expect([folder.mode & 0o777, key.mode & 0o777]).toEqual([0o700, 0o600]);
    const before = await readFile(join(directory, 'own-certificate.pem'), 'utf8');
    await probe({});
    expect(await readFile(join(directory, 'own-certificate.pem'), 'utf8')).toBe(before);
    expect(new X509Certificate(before).subjectAltName).toMatch(/URI:urn:.+:millwright/);
    expect((await readdir(directory)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test.each([
    ['sign', 'Basic256Sha256'],
    ['encrypt', 'Basic256Sha256'],
    ['sign', 'Aes128_Sha256_RsaOaep'],
    ['encrypt', 'Aes128_Sha256_RsaOaep'],
    ['sign', 'Aes256_Sha256_RsaPss'],
    ['encrypt', 'Aes256_Sha256_RsaPss'],
  ] as const)('is read with %s and %s, anonymously and with a password', async (security, policy) => {
    const channels: ServerSecureChannelLayer[] = [];
    const note = (channel: ServerSecureChannelLayer) => channels.push(channel);
    plant.server.on('newChannel', note);
    const anonymous = start({ security, policy });
    await vi.waitFor(() => expect(anonymous.last('speed')?.value).toBe(12.5), 20_000);
    const named = start({ security, policy, username: 'reader', password: 'secret' });
    await vi.waitFor(() => expect(named.last('speed')?.value).toBe(12.5), 20_000);
    const wrong = start({ security, policy, username: 'reader', password: 'wrong' });
    await expect(wrong.running).rejects.toMatchObject({ code: 'authentication_failed' });
    plant.server.off('newChannel', note);
    const used = { securityMode: MODES[security], securityPolicy: SecurityPolicy[policy] };
    const sessions = channels.filter((channel) => channel.securityMode !== MessageSecurityMode.None);
    expect(sessions.map(({ securityMode, securityPolicy }) => ({ securityMode, securityPolicy }))).toEqual(
      Array.from({ length: 3 }, () => used),
    );
  });

  test('is read by a user with a certificate, and one without its key is told so', async () => {
    const files = join(directory, '..');
    const userCertificate = join(files, 'user.pem');
    const userKey = join(files, 'user-key.pem');
    const made = await makeCertificate();
    await writeFile(userCertificate, new X509Certificate(made.certificate).toString());
    await writeFile(userKey, made.key);
    const user = start({ security: 'encrypt', userCertificate, userKey });
    await vi.waitFor(() => expect(user.last('speed')?.value).toBe(12.5), 20_000);
    const open = start({ security: 'none', userCertificate, userKey });
    const both = /could use it for a session of his own: set security: encrypt or sign, or allowInsecure: true/;
    await expect(open.running).rejects.toMatchObject({ code: 'authentication_failed', message: both });
    const allowed = start({ security: 'none', allowInsecure: true, userCertificate, userKey });
    await vi.waitFor(() => expect(allowed.last('speed')?.value).toBe(12.5), 20_000);
    await writeFile(join(files, 'other-key.pem'), (await makeCertificate()).key);
    const otherKey = join(files, 'other-key.pem');
    const unproved = start({ security: 'none', allowInsecure: true, userCertificate, userKey: otherKey });
    await expect(unproved.running).rejects.toMatchObject({ code: 'authentication_failed' }); // it is signed, and that is checked
    const keyless = start({ security: 'encrypt', userCertificate });
    await expect(keyless.running).rejects.toMatchObject({ code: 'secret_unreadable', message: /go together/ });
    await writeFile(join(files, 'text.pem'), 'no certificate');
    const garbled = start({ security: 'encrypt', userCertificate: join(files, 'text.pem'), userKey });
    await expect(garbled.running).rejects.toMatchObject({ code: 'secret_unreadable', message: /holds no certificate/ });
  });
});

test('a server that offers less than is asked for is refused, never read with less', async () => {
  const open = await startPlant();
  stops.push(open.stop);
  const run = startRun(open.url, SPEED, { security: 'encrypt' }, { directory });
  await expect(run.running).rejects.toMatchObject({
    code: 'certificate_refused',
    message: `${open.url} does not offer SignAndEncrypt with a policy we speak, only None None`,
  });
});

test('a server that speaks only broken algorithms is refused with the reason', async () => {
  const old = await startPlant({
    securityModes: [MessageSecurityMode.SignAndEncrypt],
    securityPolicies: [SecurityPolicy.Basic256],
  });
  stops.push(old.stop);
  const run = startRun(old.url, SPEED, { security: 'encrypt' }, { directory });
  await expect(run.running).rejects.toMatchObject({
    message: /Basic128Rsa15 and Basic256 are not spoken, they rest on SHA-1/,
  });
});

test('a server that does not trust us is told apart from one we do not trust', async () => {
  const { OPCUACertificateManager } = await import('node-opcua');
  const rootFolder = await mkdtemp(join(tmpdir(), 'millwright-opcua-strict-'));
  stops.push(() => rm(rootFolder, { recursive: true }));
  const strict = await startPlant({
    securityModes: [MessageSecurityMode.SignAndEncrypt],
    securityPolicies: EVERY_POLICY,
    serverCertificateManager: new OPCUACertificateManager({ rootFolder, automaticallyAcceptUnknownCertificate: false }),
  });
  stops.push(strict.stop);
  const trust = thumbprintOf(strict.server.getCertificate());
  const asked = opcua.probe!(configOf(strict.url, { security: 'encrypt' }), [], { trust }, context());
  await expect(asked).rejects.toMatchObject({
    code: 'certificate_refused',
    message: `${strict.url} does not trust our certificate: trust it there (Millwright@…, own-certificate.pem in the folder of the source)`,
  });
});

test('an expired server certificate is refused, although somebody trusted it', async () => {
  const years: Clock = { now: () => Date.now() + 20 * 365 * 86_400_000, sleep: systemClock.sleep };
  const late = startRun(plant.url, SPEED, { security: 'encrypt' }, { directory, clock: years });
  await expect(late.running).rejects.toMatchObject({
    code: 'certificate_refused',
    message: expect.stringMatching(/certificate [0-9A-F]{40} of ".*" expired on 20\d\d-.*: renew it at the server/),
  });
  expect(late.readings).toEqual([]);
});

describe('a password on a connection that is not encrypted', () => {
  const user = { username: 'reader', password: 'secret' } as const;

  test('is not sent to a server that wants it readable, and the reason names both ways out', async () => {
    const open = await startPlant({ securityPolicies: [SecurityPolicy.None] });
    stops.push(open.stop);
    for (const endpoint of open.server.endpoints.flatMap((each) => each.endpointDescriptions())) {
      const byName = { policyId: 'readable', tokenType: UserTokenType.UserName };
      endpoint.userIdentityTokens = [...(endpoint.userIdentityTokens ?? []), new UserTokenPolicy(byName)];
    }
    const heard: Buffer[] = [];
    const proxy = await startProxy(
      open.port,
      () => undefined,
      (chunk) => heard.push(chunk),
    );
    stops.push(proxy.close);
    const refused = startRun(proxy.url, SPEED, user, { directory });
    await expect(refused.running).rejects.toMatchObject({
      code: 'authentication_failed',
      message: /wants the password of user reader unencrypted.*set security: encrypt, or allowInsecure: true/,
    });
    const asked = opcua.probe!(configOf(proxy.url, user), [], {}, context());
    await expect(asked).rejects.toMatchObject({ message: /could read it/ });
    expect(Buffer.concat(heard).includes('secret')).toBe(false);

    const allowed = startRun(proxy.url, SPEED, { ...user, allowInsecure: true }, { directory });
    stops.push(allowed.stop);
    await vi.waitFor(() => expect(allowed.last('speed')?.value).toBe(12.5), 20_000);
    expect(Buffer.concat(heard).includes('secret')).toBe(true);
    expect(allowed.warnings).toEqual([expect.stringMatching(/the password is sent readable/)]);
    const { notes } = await opcua.probe!(configOf(open.url, { ...user, allowInsecure: true }), [], {}, context());
    expect(notes).toContain('the password is sent readable');
  });

  test('is encrypted only for a certificate that somebody trusts, and the reason names the command', async () => {
    const asked: string[] = [];
    const stranger = await startPlant({
      userManager: { isValidUser: (name: string, password: string) => asked.push(name, password) > 0 },
    });
    stops.push(stranger.stop);
    const thumbprint = thumbprintOf(stranger.server.getCertificate());
    const refused = startRun(stranger.url, SPEED, user, { directory });
    await expect(refused.running).rejects.toMatchObject({
      code: 'certificate_refused',
      message: expect.stringMatching(
        new RegExp(
          `shows certificate ${thumbprint} .* nobody has trusted yet, so the password of user reader is not encrypted for it: ` +
            `.*run: millwright probe --plant plant.yaml --source press-ua --trust ${thumbprint}$`,
        ),
      ),
    });
    expect(asked).toEqual([]);
    const { notes } = await opcua.probe!(configOf(stranger.url, user), [], { trust: thumbprint }, context());
    expect(notes).toContain('the password is sent encrypted');
    expect(asked).toEqual(['reader', 'secret']);
    const run = startRun(stranger.url, SPEED, user, { directory });
    stops.push(run.stop);
    await vi.waitFor(() => expect(run.last('speed')?.value).toBe(12.5), 20_000);
  });

  test('cannot be read by somebody in between who shows a trusted certificate and logs us in with one of his own', async () => {
    await trust(directory, plant.server.getCertificate());
    const heard: string[] = [];
    const impostor = await startPlant({
      userManager: { isValidUser: (_: string, password: string) => heard.push(password) > 0 },
    });
    stops.push(impostor.stop);
    const [endpoint] = impostor.server.endpoints;
    const certificate = { value: plant.server.getCertificate() };
    const applicationUri = { value: plant.server.serverInfo.applicationUri };
    for (const each of endpoint!.endpointDescriptions()) {
      Object.defineProperty(each, 'serverCertificate', certificate);
      Object.defineProperty(each.server, 'applicationUri', applicationUri);
    }
    const fooled = startRun(impostor.url, SPEED, user, { directory });
    await expect(fooled.running).rejects.toMatchObject({ code: 'authentication_failed' });
    expect(heard).not.toContain('secret');
  });
});

test('two processes that make their own certificate at once end with the same one', async () => {
  const library = await loadLibrary();
  const folder = join(directory, '..', 'at-once');
  const made = await Promise.all(Array.from({ length: 4 }, () => ownCertificate(library, folder)));
  expect(new Set(made.map(({ thumbprint }) => thumbprint)).size).toBe(1);
  const [certificate, key] = await Promise.all(
    ['own-certificate.pem', 'own-key.pem'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  expect(new X509Certificate(certificate!).checkPrivateKey(createPrivateKey(key!))).toBe(true);
});

test('a key whose certificate was never written is made anew', async () => {
  const folder = join(directory, '..', 'half');
  await mkdir(folder);
  await writeFile(join(folder, 'own-key.pem'), 'half a k');
  const { thumbprint } = await ownCertificate(await loadLibrary(), folder);
  expect((await ownCertificate(await loadLibrary(), folder)).thumbprint).toBe(thumbprint);
});

describe('what a server says of itself', () => {
  test.each([Buffer.alloc(1), Buffer.from([0x30, 0x82]), Buffer.from([0x30, 0x82, 0xff, 0xff])])(
    'is a certificate that cannot be read, not a crash',
    (serverCertificate) => {
      const chosen = chooseEndpoint(
        [endpointOf({ serverCertificate })],
        configOf('opc.tcp://x', { security: 'encrypt' }),
      );
      expect(chosen.certificate).toEqual(serverCertificate);
    },
  );

  test('is short in our words, however long it is', () => {
    const offered = Array.from({ length: 500 }, (_, i) =>
      endpointOf({ securityPolicyUri: `${i}\n${'x'.repeat(10_000)}` }),
    );
    const choose = () => chooseEndpoint(offered, configOf('opc.tcp://x', { security: 'encrypt' }));
    expect(choose).toThrow(/does not offer .* and 492 more$/);
    expect(choose).toThrow(/^[^\n]{1,1200}$/);
  });
});

describe('a server certificate', () => {
  let fits: Parameters<typeof faultOf>[1];
  let certificate: Buffer;
  beforeAll(async () => {
    ({ certificate } = await makeCertificate());
    const now = Date.now() + 60_000;
    fits = { url: 'opc.tcp://127.0.0.1:4840/x', applicationUri: 'urn:server', hostCheck: 'strict', now };
  });

  test('that fits has no fault', () => expect(faultOf(certificate, fits)).toBeNull());
  test('that has expired is named, with the day', () =>
    expect(faultOf(certificate, { ...fits, now: Date.now() + 31 * 86_400_000 })).toMatch(
      /^certificate [0-9A-F]{40} of "CN=test" expired on 20.*: renew it at the server/,
    ));
  test('that is not valid yet points at the clocks', () =>
    expect(faultOf(certificate, { ...fits, now: Date.now() - 3 * 86_400_000 })).toMatch(/only valid from 20.*clocks/));
  test('with a short key is refused', async () => {
    const short = new X509Certificate(await readFile(join(import.meta.dirname, 'short-key.pem'))).raw;
    expect(faultOf(short, fits)).toMatch(/RSA key of 1024 bits/);
  });
  test('for another host is refused, unless that is not looked at', () => {
    const other = { ...fits, url: 'opc.tcp://10.0.4.30:4840' };
    expect(faultOf(certificate, other)).toMatch(/is for plc, 127\.0\.0\.1, not for 10\.0\.4\.30: .*hostCheck: off/);
    expect(faultOf(certificate, { ...other, hostCheck: 'off' })).toBeNull();
    expect(faultOf(certificate, { ...fits, url: 'opc.tcp://plc:4840' })).toBeNull();
  });
  test('for another application is refused', () =>
    expect(faultOf(certificate, { ...fits, applicationUri: 'urn:other' })).toMatch(
      /is for urn:server, but .* urn:other/,
    ));
  test('that is none is told as such', () => expect(faultOf(Buffer.from('x'), fits)).toMatch(/cannot be read/));
});

function start(more: Partial<Config>) {
  const run = startRun(plant.url, SPEED, more, { directory });
  stops.push(run.stop);
  return run;
}

function context() {
  return { clock: systemClock, signal: new AbortController().signal, directory };
}

function probe(options: { readonly trust?: string }) {
  const bindings = Object.entries(SPEED).map(([tag, nodeId]) => ({ tag, address: { nodeId } }));
  return opcua.probe!(configOf(plant.url, { security: 'encrypt' }), bindings, options, context());
}

/** A certificate for 127.0.0.1 and plc, valid from now on, and its key. */
async function makeCertificate(): Promise<{ readonly certificate: Buffer; readonly key: string }> {
  const pair = new InMemoryCertificateKeyPairProvider();
  await pair.ensureCertificateExists({
    applicationUri: 'urn:server',
    subject: 'CN=test',
    dns: ['plc'],
    ip: ['127.0.0.1'],
    validity: 30,
  });
  const { hidden } = pair.getPrivateKey();
  const key = typeof hidden === 'string' ? hidden : String(hidden.export({ format: 'pem', type: 'pkcs8' }));
  return { certificate: pair.getCertificate(), key };
}

function endpointOf(more: object): EndpointDescription {
  return new EndpointDescription({
    securityMode: MessageSecurityMode.SignAndEncrypt,
    securityPolicyUri: 'http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256',
    transportProfileUri: 'http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary',
    ...more,
  });
}
