import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mqtt } from '../../adapters/mqtt/index.ts';
import type { MqttConfig } from '../../adapters/mqtt/settings.ts';
import { type Recorder, recorder, settings } from '../../adapters/mqtt/testbench.ts';
import { type Authority, createAuthority, type Issued, OPENSSL } from '../kit/certificates.ts';
import { MOSQUITTO, startMosquitto } from '../kit/mosquitto.ts';
import { mustRun } from '../kit/tool.ts';
import { waitFor } from '../kit/wait.ts';

const map = [{ topic: 'plant/+asset/+tag', value: '$' }];
const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** Runs the adapter until the test is over; rejects when the link breaks. */
function run(made: Recorder, config: Partial<MqttConfig> & { url: string }): Promise<void> {
  const ended = mqtt.run(settings({ map, ...config }), [], made.ctx);
  endings.push(async () => {
    made.abort();
    await ended.catch(() => {}); // the test has looked at it
  });
  return ended;
}

async function connects(config: Partial<MqttConfig> & { url: string }): Promise<Recorder> {
  const made = recorder();
  await Promise.race([run(made, config), waitFor('the link', () => made.connections === 1)]);
  return made;
}

describe.runIf(mustRun(MOSQUITTO && OPENSSL, 'MQTT over TLS (apt-get install mosquitto openssl)'))(
  'a broker with TLS',
  () => {
    let authority: Authority;
    let stranger: Authority;
    let client: Issued;
    beforeAll(async () => {
      [authority, stranger] = await Promise.all([createAuthority(), createAuthority()]);
      client = await authority.issue({ name: 'millwright', days: 60 });
    });
    afterAll(async () => {
      await Promise.all([authority, stranger].map((each) => each[Symbol.asyncDispose]()));
    });

    /** A broker with a certificate of the authority, and the URL for it. */
    async function broker(
      given: { names?: string; days?: number; issued?: Issued; lines?: string[] } = {},
    ): Promise<string> {
      const { names = 'DNS:localhost,IP:127.0.0.1', days = 60, lines = [] } = given;
      const { certFile, keyFile } = given.issued ?? (await authority.issue({ name: 'broker', names, days }));
      const tls = [`certfile ${certFile}`, `keyfile ${keyFile}`, `cafile ${authority.caFile}`, 'allow_anonymous true'];
      const started = await startMosquitto([...tls, ...lines]);
      endings.push(async () => started[Symbol.asyncDispose]());
      return `mqtts://127.0.0.1:${started.port}`;
    }
    const demanding = { lines: ['require_certificate true', 'use_identity_as_username true'] };

    it('is trusted by its own authority only', async () => {
      const url = await broker();
      expect((await connects({ url, caFile: authority.caFile })).warnings).toEqual([]);
      for (const caFile of [stranger.caFile, undefined]) {
        await expect(run(recorder(), { url, ...(caFile === undefined ? {} : { caFile }) })).rejects.toMatchObject({
          code: 'certificate_refused',
          message: expect.stringContaining("nobody we trust has signed the broker's certificate: set caFile"),
        });
      }
    });

    it('is refused when its certificate has run out', async () => {
      const url = await broker({ days: -1 });
      await expect(run(recorder(), { url, caFile: authority.caFile })).rejects.toMatchObject({
        code: 'certificate_refused',
        message: `no trusted TLS connection to ${url}: the broker's certificate has run out (CERT_HAS_EXPIRED)`,
      });
    });

    it('is refused when its certificate is for another host', async () => {
      const url = await broker({ names: 'DNS:broker.example' });
      await expect(run(recorder(), { url, caFile: authority.caFile })).rejects.toMatchObject({
        code: 'certificate_refused',
        message: expect.stringContaining("the broker's certificate is for another host name"),
      });
    });

    it('that demands a client certificate takes ours, with a key in clear or encrypted', async () => {
      const url = await broker(demanding);
      await connects({ url, caFile: authority.caFile, ...client, clientId: 'a' });
      const keyPassphraseFile = join(authority.folder, 'passphrase');
      await writeFile(keyPassphraseFile, 'open sesame\n');
      const keyFile = await authority.encrypt(client.keyFile, 'open sesame');
      const { certFile } = client;
      await connects({ url, caFile: authority.caFile, certFile, keyFile, keyPassphraseFile, clientId: 'b' });
    });

    it('that demands a client certificate and gets none, a strange or an old one says so', async () => {
      const url = await broker(demanding);
      const caFile = authority.caFile;
      const refusal = (text: string) => ({ code: 'certificate_refused', message: expect.stringContaining(text) });
      await expect(run(recorder(), { url, caFile })).rejects.toMatchObject(
        refusal('the broker wants a client certificate: set certFile and keyFile'),
      );
      const strange = await stranger.issue({ name: 'millwright' });
      await expect(run(recorder(), { url, caFile, ...strange })).rejects.toMatchObject(
        refusal('the broker does not accept our certificate: check certFile'),
      );
      const old = await authority.issue({ name: 'millwright', days: -1 });
      await expect(run(recorder(), { url, caFile, ...old })).rejects.toMatchObject(
        refusal('the broker says that our certificate has run out: renew certFile'),
      );
    });

    it('whose certificate runs out soon, or ours, is told of while the link stands', async () => {
      const theirs = await authority.issue({ name: 'broker', days: 20 });
      const url = await broker({ issued: theirs });
      const ours = await authority.issue({ name: 'millwright', days: 5 });
      const made = await connects({ url, caFile: authority.caFile, ...ours });
      await waitFor('the warnings', () => made.warnings.length === 2);
      const lastDay = async ({ certFile }: Issued) =>
        new Date(new X509Certificate(await readFile(certFile)).validTo).toISOString().slice(0, 10);
      expect(made.warnings).toEqual([
        `our certificate (certFile ${ours.certFile}) runs out within 7 days, on ${await lastDay(ours)}: renew it before`,
        `the certificate of ${url} runs out within 30 days, on ${await lastDay(theirs)}: renew it before`,
      ]);
    });

    it('is not dialled with files that are wrong: each fault is one sentence', async () => {
      const url = 'mqtts://127.0.0.1:9';
      const { certFile, keyFile } = client;
      const other = await authority.issue({ name: 'other' });
      const file = async (name: string, text: string) => {
        const path = join(authority.folder, name);
        await writeFile(path, text);
        return path;
      };
      const passphrase = await file('wrong-passphrase', 'sesame');
      const locked = await authority.encrypt(keyFile, 'right');
      const empty = await file('empty.pem', 'nothing\n');
      const damaged = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
      const torn = await file('torn.pem', damaged);
      const tornKey = await file('torn.key', damaged.replaceAll('CERTIFICATE', 'PRIVATE KEY'));
      const gone = join(authority.folder, 'gone.pem');
      const cases: [Partial<MqttConfig>, string][] = [
        [{ caFile: gone }, `cannot read caFile ${gone}: there is no such file`],
        [{ caFile: authority.folder }, `cannot read caFile ${authority.folder}: it is a folder`],
        [{ caFile: empty }, `caFile ${empty} holds no certificate in PEM (BEGIN CERTIFICATE)`],
        [{ certFile }, 'certFile needs keyFile: a client certificate is both'],
        [{ keyFile }, 'keyFile needs certFile: a client certificate is both'],
        [{ certFile: torn, keyFile }, `certFile ${torn} holds a certificate that is damaged`],
        [{ certFile, keyFile: empty }, `keyFile ${empty} holds no private key in PEM (BEGIN PRIVATE KEY)`],
        [{ certFile, keyFile: tornKey }, `keyFile ${tornKey} holds a private key that is damaged`],
        [{ certFile, keyFile: locked }, `keyFile ${locked} is encrypted: set keyPassphraseFile`],
        [
          { certFile, keyFile: locked, keyPassphraseFile: passphrase },
          `the passphrase in keyPassphraseFile ${passphrase} does not open keyFile ${locked}`,
        ],
        [
          { certFile, keyFile: other.keyFile },
          `the key in keyFile ${other.keyFile} does not belong to certFile ${certFile}`,
        ],
      ];
      for (const [files, message] of cases) {
        await expect(run(recorder(), { url, ...files })).rejects.toMatchObject({ name: 'AdapterError', message });
      }
      await expect(run(recorder(), { url: 'mqtt://127.0.0.1:9', certFile, keyFile })).rejects.toMatchObject({
        code: 'plant_invalid',
        message: 'certFile needs TLS: write the url as mqtts://',
      });
    });
  },
);
