import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isOpenToAll, readPlantFile, readSecretFile, resolveBeside } from './files.ts';

const folder = mkdtempSync(join(tmpdir(), 'millwright-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('readPlantFile', () => {
  it('reads the text', () => {
    writeFileSync(join(folder, 'plant.yaml'), 'plant: ä\n');
    expect(readPlantFile(join(folder, 'plant.yaml'))).toBe('plant: ä\n');
  });

  it.each([
    ['nowhere.yaml', 'there is no such file'],
    ['', 'it is a folder'],
    ['plant.yaml/x', 'there is no such file'],
  ])('says why it cannot read %j', (name, reason) => {
    const path = join(folder, name);
    expect(() => readPlantFile(path)).toThrow(
      expect.objectContaining({ code: 'plant_unreadable', message: `cannot read the plant file ${path}: ${reason}` }),
    );
  });
});

describe('isOpenToAll', () => {
  it('is true of a file that others may read, and of no other', () => {
    const path = join(folder, 'open');
    writeFileSync(path, '');
    const open = [0o600, 0o640, 0o644, 0o604].map((mode) => {
      chmodSync(path, mode);
      return isOpenToAll(path);
    });
    expect(open).toEqual([false, false, true, true]);
    expect(isOpenToAll(join(folder, 'none'))).toBe(false);
  });
});

describe('readSecretFile', () => {
  it('reads the secret without the line end behind it', () => {
    writeFileSync(join(folder, 'secret'), 'whsec_abc\n');
    expect(readSecretFile(join(folder, 'secret'))).toBe('whsec_abc');
  });

  it('says why it cannot', () => {
    expect(() => readSecretFile(join(folder, 'none'))).toThrow(expect.objectContaining({ code: 'secret_unreadable' }));
  });
});

describe('resolveBeside', () => {
  it('takes a path as relative to the plant file unless it is absolute', () => {
    expect(resolveBeside('/etc/plant/plant.yaml', 'secrets/a')).toBe('/etc/plant/secrets/a');
    expect(resolveBeside('plant.yaml', 'secrets/a')).toBe('secrets/a');
    expect(resolveBeside('/etc/plant/plant.yaml', '/run/a')).toBe('/run/a');
  });
});
