import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { familyOf } from '../../../src/main/engine/contracts/family.ts';
import {
  abiOfFamily,
  archivistId,
  builtInData,
  presets,
  signedOffData,
} from '../../../src/main/networks/presets.ts';

const root = resolve(import.meta.dirname, '../../..');
const own = (id: string) => readFileSync(resolve(root, 'resources/networks', `${id}.json`), 'utf8');
const shared = (id: string) => resolve(root, '../shared/networks', `${id}.json`);

describe('The built-in networks', () => {
  it.each(presets.map(({ id }) => id))('%s is as it was signed off, and names itself', (id) => {
    expect(signedOffData(`${id}.json`, own(id))).toEqual(builtInData(id));
    expect(builtInData(id).network).toBe(id);
  });

  it.each(presets.map(({ id }) => id))('%s is refused once a letter of it changed', (id) => {
    const changed = own(id).replace('"rpcs"', '"rpcs" ');
    expect(() => signedOffData(`${id}.json`, changed)).toThrow('not those that were signed off');
    expect(() => signedOffData('another.json', own(id))).toThrow('not those that were signed off');
  });

  it.each(presets.map(({ id }) => id).filter((id) => existsSync(shared(id))))(
    '%s is what the client handed over',
    (id) => {
      expect(JSON.parse(own(id))).toEqual(JSON.parse(readFileSync(shared(id), 'utf8')));
    },
  );

  it('are of both families, told by the ABI', () => {
    expect(familyOf(builtInData('archivist-testnet').abi)).toBe('direct');
    expect(familyOf(builtInData('archivist-devnet').abi)).toBe('vault');
    expect(familyOf(abiOfFamily('direct'))).toBe('direct');
    expect(familyOf(abiOfFamily('vault'))).toBe('vault');
  });

  it('are named when another is asked for', () => {
    expect(() => archivistId('mainnet')).toThrow(/no network "mainnet".*archivist-testnet, archivist-devnet/);
  });
});
