import type { NotifyEndpoint } from '../model/plant.ts';
import type { LoadContext } from './context.ts';
import { isUnset, placeOf } from './document.ts';
import { resolveBeside } from './files.ts';
import { hostKind, isCidr, isWithin } from './network.ts';
import { warnOfOpenSecret } from './secret-files.ts';
import type { EndpointDraft, PlantDraft } from './sections.ts';

/** Fewest and most bytes of a signing secret (Standard Webhooks 1.0, "Signature scheme"). */
const SECRET_BYTES = { fewest: 24, most: 64 };

/** Checks the endpoints' URLs against the networks they may reach and reads their secrets. */
export function readEndpoints(context: LoadContext, draft: PlantDraft): readonly NotifyEndpoint[] {
  const allowed = draft.allowPrivateWebhookTargets ?? [];
  checkNetworks(context, allowed);
  return Object.entries(draft.notify ?? {}).map(([id, endpoint]) => {
    if (endpoint.url !== undefined) checkUrl(context, id, endpoint.url, allowed);
    return {
      id,
      kind: 'webhook',
      url: endpoint.url ?? '',
      secret: readSecret(context, id, endpoint),
      priorities: endpoint.priorities ?? [],
    };
  });
}

function checkNetworks(context: LoadContext, networks: readonly string[]): void {
  for (const [index, network] of networks.entries()) {
    const path = ['allowPrivateWebhookTargets', index];
    if (isCidr(network) || isUnset(context.root, path)) continue;
    const message = `"${network}" in allowPrivateWebhookTargets is not a network such as 10.0.8.0/24`;
    context.report.problem({ at: placeOf(context.root, path), path, message });
  }
}

function checkUrl(context: LoadContext, id: string, written: string, allowed: readonly string[]): void {
  const path = ['notify', id, 'url'];
  if (isUnset(context.root, path)) return;
  const wrong = refuseUrl(written, allowed);
  if (wrong !== null)
    context.report.problem({ at: placeOf(context.root, path), path, message: `url in notify.${id} ${wrong}` });
}

/** What speaks against posting to a URL, as far as its spelling tells; the sender checks what it resolves to. */
function refuseUrl(written: string, allowed: readonly string[]): string | null {
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return 'is not a URL that begins with https:// (or http:// inside the plant)';
  }
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password: messages are signed';
  const host = hostKind(url.hostname);
  if (host.kind === 'address' && host.isPrivate && !isWithin(host.address, allowed)) {
    return `leads to the private address ${host.address}: add its network to allowPrivateWebhookTargets`;
  }
  const isPublic = host.kind === 'address' ? !host.isPrivate : !host.isInternal;
  return url.protocol === 'http:' && isPublic ? 'must begin with https://: it leads out of the plant' : null;
}

/** Reads the signing secret; empty when it is missing or wrong. */
function readSecret(context: LoadContext, id: string, { secretFile }: EndpointDraft): string {
  const path = ['notify', id, 'secretFile'];
  if (secretFile === undefined || isUnset(context.root, path)) return '';
  const at = placeOf(context.root, path);
  const file = resolveBeside(context.file, secretFile);
  const read = context.readSecret(file);
  if (!read.ok) {
    const isNeeded = context.secrets === 'required';
    const message = `secretFile in notify.${id}: ${read.reason}${isNeeded ? '' : ': needed at start'}`;
    context.report[isNeeded ? 'problem' : 'warning']({ at, path, message });
    return '';
  }
  warnOfOpenSecret(context, path, file);
  const secret = read.secret.trim();
  const wrong = refuseSecret(secret);
  if (wrong === null) return secret;
  context.report.problem({ at, path, message: `secretFile in notify.${id}: ${wrong}` });
  return '';
}

function refuseSecret(secret: string): string | null {
  const [, encoded] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  if (encoded === undefined) return 'the file does not hold a secret of the form whsec_… (base64)';
  const bytes = Math.floor((encoded.replace(/=+$/, '').length * 3) / 4);
  const { fewest, most } = SECRET_BYTES;
  return bytes < fewest || bytes > most ? `the secret must have ${fewest} to ${most} bytes, not ${bytes}` : null;
}
