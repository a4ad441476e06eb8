import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Interface } from 'ethers';
import { describe, expect, test } from 'vitest';
import { artifacts } from '../../support/testcontract.ts';

const { Marketplace, VaultMarketplace, Vault } = artifacts.contracts;

describe.each([
  ['direct', Marketplace, 'archivist-testnet', 75],
  ['vault', VaultMarketplace, 'archivist-devnet', 72],
] as const)('The ABI of our marketplace of the %s family', (_family, { abi }, network, entries) => {
  /** As the network's operators publish it. */
  const live = readLiveAbi(network);
  const ours: readonly AbiEntry[] = JSON.parse(JSON.stringify(abi));

  test(`has the ${entries} entries of the live one, and no others`, () => {
    expect(live).toHaveLength(entries);
    expect(ours.map(titleOf)).toEqual(live.map(titleOf));
  });

  // Names and order of all fields, types down to the names of the structs, indexed flags, mutability.
  test.each(live.map((entry, place) => [titleOf(entry), entry, ours[place]] as const))(
    'agrees in %s',
    (_, theirs, own) => {
      expect(own).toEqual(theirs);
    },
  );
});

describe('On the wire our marketplace', () => {
  const market = new Interface(Marketplace.abi);

  test.each([
    ['requestStorage', '0x99b6da0c'],
    ['withdrawFunds(bytes32)', '0x6e2b54ee'],
    ['withdrawFunds(bytes32,address)', '0xc5d43351'],
    ['reserveSlot', '0x12827602'],
    ['fillSlot', '0x1d873c1b'],
    ['submitProof', '0xe8aa0a07'],
    ['freeSlot(bytes32)', '0xa29c29a4'],
    ['freeSlot(bytes32,address,address)', '0x0aefaabe'],
    ['canMarkProofAsMissing', '0xd1bb36b6'],
    ['markProofAsMissing', '0x237d8482'],
    ['configuration', '0x6c70bee9'],
    ['token', '0xfc0c546a'],
  ])('is called by the selector of %s', (method, selector) => {
    expect(market.getFunction(method)?.selector).toBe(selector);
  });

  test.each([
    ['StorageRequested', '0x1bf9c457accf8703dbf7cdf1b58c2f74ddf2e525f98155c70b3d318d74609bd8'],
    ['RequestFulfilled', '0x85e1543bf2f84fe80c6badbce3648c8539ad1df4d2b3d822938ca0538be727e6'],
    ['RequestCancelled', '0xf903f4774c7bd27355f9d7fcbc382b079b164a697a44ac5d95267a4c3cb3bb22'],
    ['RequestFailed', '0x4769361a442504ecaf038f35e119bcccdd5e42096b24c09e3c17fd17c6684c02'],
    ['SlotFilled', '0x8f301470a994578b52323d625dfbf827ca5208c81747d3459be7b8867baec3ec'],
    ['SlotFreed', '0x33ba8f7627565d89f7ada2a6b81ea532b7aa9b11e91a78312d6e1fca0bfcd1dc'],
    ['SlotReservationsFull', '0xc8e6c955744189a19222ec226b72ac1435d88d5745252dac56e6f679f64c037a'],
    ['ProofSubmitted', '0x3b989d183b84b02259d7c14b34a9c9eb0fccb4c355a920d25e581e25aef4993d'],
  ])('announces %s by its topic', (event, topic) => {
    expect(market.getEvent(event)?.topicHash).toBe(topic);
  });

  test.each([
    ['Marketplace_InvalidClientAddress', '0x698d3c62'],
    ['Marketplace_RequestAlreadyExists', '0xfc7d0690'],
    ['Marketplace_UnknownRequest', '0xbdd64a7a'],
    ['Marketplace_SlotNotFree', '0xff556acf'],
    ['Marketplace_StartNotBeforeExpiry', '0x56607cb0'],
    ['Proofs_ProofNotRequired', '0xd3ffa66b'],
    ['Proofs_InsufficientBlockHeight', '0x71ebecc2'],
    ['SlotReservations_ReservationNotAllowed', '0x424a04ab'],
  ])('refuses by the selector of %s', (error, selector) => {
    expect(market.getError(error)?.selector).toBe(selector);
  });
});

describe('On the wire our marketplace of the vault family', () => {
  const market = new Interface(VaultMarketplace.abi);
  const vault = new Interface(Vault.abi);

  test.each([
    ['requestStorage', '0x684b2998'],
    ['markProofAsMissing', '0xb562d50e'],
    ['canMarkProofAsMissing', '0x6a1a8e47'],
  ])('is called by another selector of %s', (method, selector) => {
    expect(market.getFunction(method)?.selector).toBe(selector);
  });

  test('announces requests by another topic, and no cancellation', () => {
    const topic = '0xdab27ec430fb1d80c58b92d098f450fe42edf887ab6d9210ae9e5953dbfd080e';
    expect(market.getEvent('StorageRequested')?.topicHash).toBe(topic);
    expect(market.getEvent('RequestCancelled')).toBeNull();
  });

  test.each([
    ['VaultFundNotLocked', '0x45cd2b1e'],
    ['VaultFundNotUnlocked', '0x22fc3442'],
    ['VaultInsufficientBalance', '0xf19fe417'],
    ['VaultInvalidExpiry', '0x4460ffba'],
    ['VaultFundAlreadyLocked', '0x6d1bd087'],
    ['VaultFlowNotZero', '0xd542fb1d'],
    ['VaultOnlyAccountHolder', '0xff2646f4'],
    ['SafeERC20FailedOperation', '0x5274afe7'],
    ['EnforcedPause', '0xd93c0665'],
  ])('is refused by its vault by the selector of %s', (error, selector) => {
    expect(vault.getError(error)?.selector).toBe(selector);
  });
});

interface AbiEntry {
  readonly type: string;
  readonly name?: string;
  readonly inputs: readonly { readonly type: string }[];
}

function readLiveAbi(network: string): readonly AbiEntry[] {
  const path = resolve(import.meta.dirname, `../../../resources/networks/${network}.json`);
  return JSON.parse(readFileSync(path, 'utf8')).abi;
}

function titleOf({ type, name, inputs }: AbiEntry): string {
  return `${type} ${name ?? ''}(${inputs.map((input) => input.type).join(', ')})`;
}
