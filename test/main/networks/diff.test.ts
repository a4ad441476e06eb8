import { describe, expect, it } from 'vitest';
import { changeText, isGrave } from '../../../src/shared/networks.ts';
import { familyOf } from '../../../src/main/engine/contracts/family.ts';
import { diffNetworks, type NetworkFacts } from '../../../src/main/networks/diff.ts';
import type { NetworkData } from '../../../src/main/networks/networkdata.ts';
import { devnet, OTHER_ADDRESS, testnet } from '../../support/networkfixtures.ts';

const factsOf = (data: NetworkData): NetworkFacts => ({
  name: 'A network',
  version: data.version,
  chainId: data.chainId,
  marketplace: data.marketplace,
  family: familyOf(data.abi),
  abi: data.abi,
  servers: data.rpcs,
  bootstrap: data.bootstrapSprs,
});
const before = factsOf(testnet);

const changesTo = (changes: Partial<NetworkFacts>) => diffNetworks(before, { ...before, ...changes });
const entry = (name: string) => testnet.abi.find((one) => one.name === name) ?? expect.fail(name);
const without = (name: string) => testnet.abi.filter((one) => one.name !== name);

describe('The difference of two networks', () => {
  it('is nothing between the same, in whatever order the ABI stands and letters are written', () => {
    expect(changesTo({})).toEqual([]);
    expect(
      changesTo({ abi: testnet.abi.toReversed(), marketplace: testnet.marketplace.toLowerCase() }),
    ).toEqual([]);
  });

  it('calls another family first and loudest', () => {
    const changes = diffNetworks(before, { ...factsOf(devnet), name: before.name });
    expect(changes[0]).toEqual({ kind: 'family', before: 'direct', after: 'vault' });
    expect(changes[0] && changeText(changes[0])).toMatch(/^ANOTHER KIND OF CONTRACT: direct .* → vault/);
    expect(changes.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['marketplace', 'abi', 'server', 'bootstrap', 'version']),
    );
  });

  it('tells entries that came, went and changed', () => {
    const { inputs } = entry('canMarkProofAsMissing');
    const changed = {
      ...entry('canMarkProofAsMissing'),
      inputs: inputs?.map((input) => (input.type === 'uint64' ? { ...input, type: 'uint40' } : input)),
    };
    const abi = [...without('canMarkProofAsMissing'), changed as never];
    const [change, ...others] = changesTo({ abi });
    expect(others).toEqual([]);
    expect(change && changeText(change)).toMatch(
      /Contract changed: function canMarkProofAsMissing\(.*uint64.* → function canMarkProofAsMissing\(.*uint40/,
    );
    expect(changesTo({ abi: without('myRequests') }).map(changeText)).toEqual([
      'Contract removed: function myRequests() view returns (bytes32[])',
    ]);
    expect(diffNetworks({ ...before, abi: without('myRequests') }, before).map(changeText)).toEqual([
      'Contract added: function myRequests() view returns (bytes32[])',
    ]);
  });

  it('does not take one overload for the other', () => {
    const [first, second] = testnet.abi.filter(({ name }) => name === 'freeSlot');
    const abi = [...without('freeSlot'), second as never];
    expect(changesTo({ abi }).map(changeText)).toHaveLength(1);
    expect(first?.inputs?.length).not.toBe(second?.inputs?.length);
  });

  it('tells address, chain, servers, records and version', () => {
    const servers = ['https://other.example'];
    const all = { marketplace: OTHER_ADDRESS, chainId: 5, servers, bootstrap: [], version: 'v9' };
    const changes = changesTo(all);
    expect(changes.map(changeText).join('\n')).toMatch(
      /Marketplace: 0x9A.* → 0x0+aa\nChain: not known → 5\nServer removed: .*\nServer added: https:\/\/other.example\nBootstrap record removed: spr.*/s,
    );
    expect(changes.filter(isGrave).map(({ kind }) => kind)).toEqual(['marketplace', 'chainId']);
  });

  it('does not list the whole ABI where there was none', () => {
    const nothing = { name: 'Practice', family: 'direct' as const, abi: [], servers: [], bootstrap: [] };
    expect(diffNetworks(nothing, before).filter(({ kind }) => kind === 'abi')).toEqual([]);
  });
});
