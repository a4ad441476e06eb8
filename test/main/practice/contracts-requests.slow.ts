import { describe, expect, test } from 'vitest';
import {
  T,
  exampleAsk,
  exampleContent,
  price,
  requestStates,
  useScenario,
  type RequestChange,
} from '../../support/contractscenario.ts';

const scenario = useScenario();

describe('A storage request', () => {
  test('takes the price at once and gets the ids and times of the example (S1)', async () => {
    const { client, market } = scenario();
    const before = await scenario().balance(client);
    const posted = await scenario().request();

    expect(await scenario().balance(client)).toBe(before - price);
    expect(await scenario().balance(market)).toBe(price);
    expect(scenario().story(posted.sent)).toEqual([`Transfer ${price}`, 'StorageRequested']);
    const [, event] = scenario().events(posted.sent);
    expect(event?.args).toMatchObject({ requestId: posted.id, expiry: BigInt(T + 600) });
    expect(posted.id).toBe('0x8011921af4b6b88c7c6b9f7ddbff4686aa191cfcd54b90c9731f4dbd282ba45b');
    expect(posted.slots).toEqual([
      '0xde2bc4747734aa1a2b071616783b7a608e460d85f76ee9c07b5c58aff1d1a2f6',
      '0x9d2bdbef8816d62ef7133041bc24c5e6cc3a9b0417f851d715c63212943f97e5',
      '0xa9f2074aa3b3e8a284568be4db8de5a4020e912f45ec91f61d33da0e41ef8f9c',
      '0x56bf8298a7d99ea56275a71801025c3f2c1a6daaf9d9aea7a6c130b43549b465',
    ]);
    expect(await scenario().read('requestState', posted.id)).toBe(requestStates.new);
    expect(await scenario().read('requestEnd', posted.id)).toBe(BigInt(T + 3600));
    expect(await scenario().read('requestExpiry', posted.id)).toBe(BigInt(T + 600));
    expect(await scenario().read('myRequests')).toEqual([posted.id]);
    expect(await scenario().read('getRequest', posted.id)).toMatchObject([
      expect.stringMatching(new RegExp(client.address, 'i')),
      [1n, 7n, 100n, 4n, 1_048_576n, 3600n, 2n],
      [exampleContent.cid, exampleContent.merkleRoot],
      600n,
      `0x${'0'.repeat(63)}1`,
    ]);
  });

  // Every precondition in the order in which the contract looks at them, with what breaks it.
  const preconditions: [error: string, broken: Broken][] = [
    ['Marketplace_InvalidClientAddress', { client: `0x${'77'.repeat(20)}` }],
    ['Marketplace_InvalidExpiry', { expiry: 0n }],
    ['Marketplace_InsufficientSlots', { ask: { slots: 0n, maxSlotLoss: 0n } }],
    ['Marketplace_InvalidMaxSlotLoss', { ask: { maxSlotLoss: 5n } }],
    ['Marketplace_InsufficientProofProbability', { ask: { proofProbability: 0n } }],
    ['Marketplace_InsufficientCollateral', { ask: { collateralPerByte: 0n } }],
    ['Marketplace_InsufficientReward', { ask: { pricePerBytePerSecond: 0n } }],
    ['Marketplace_InvalidCid', { content: { cid: '0x' } }],
    ['Marketplace_DurationExceedsLimit', { ask: { duration: 2_592_001n } }],
  ];

  test.each(preconditions)('is refused with %s when only that is broken (S2)', async (error, broken) => {
    await expect(send(mend(broken))).rejects.toThrow(error);
  });

  test('with everything broken is refused for the first reason of the order (S2)', async () => {
    for (const [place, [error]] of preconditions.entries()) {
      const stillBroken = preconditions.slice(place).map(([, broken]) => broken);
      await expect(send(mend(...stillBroken.reverse()))).rejects.toThrow(error);
    }
    await expect(send(mend())).resolves.toBeDefined();
  });

  test.each<[string, Broken, string | undefined]>([
    ['an expiry one second before the duration', { expiry: 3599n }, undefined],
    ['an expiry equal to the duration', { expiry: 3600n }, 'Marketplace_InvalidExpiry'],
    ['a duration of zero', { ask: { duration: 0n } }, 'Marketplace_InvalidExpiry'],
    ['a loss of all slots allowed', { ask: { maxSlotLoss: 4n } }, undefined],
    ['the longest duration', { ask: { duration: 2_592_000n } }, undefined],
    ['slots · duration beyond 64 bits', { ask: { slots: 2n ** 60n } }, 'Panic 0x11'],
    ['a price beyond 256 bits', { ask: { pricePerBytePerSecond: 2n ** 240n } }, 'Panic 0x11'],
    [
      'slots of no size and a root of zero',
      { ask: { slotSize: 0n }, content: { merkleRoot: `0x${'00'.repeat(32)}` } },
      undefined,
    ],
  ])('with %s meets the limits of the example (S2, R9)', async (_, change, error) => {
    const sending = send(mend(change));
    await (error === undefined
      ? expect(sending).resolves.toBeDefined()
      : expect(sending).rejects.toThrow(error));
  });

  test('needs the whole price as allowance and as balance (S2)', async () => {
    const { client, market, strangers } = scenario();
    const atT = (method: string, args: unknown[]) => scenario().tokenAt(client, method, args);
    await atT('approve', [market.address, price - 1n]);
    await expect(scenario().request()).rejects.toThrow('ERC20InsufficientAllowance');
    await atT('approve', [market.address, price]);
    await atT('transfer', [strangers[0].address, (await scenario().balance(client)) - price + 1n]);
    await expect(scenario().request()).rejects.toThrow('ERC20InsufficientBalance');
    await atT('mint', [client.address, 1n]);
    expect(await scenario().gain(client, () => scenario().request())).toBe(-price);
  });

  test('cannot be made twice, nor by another (S2)', async () => {
    const { request } = await scenario().request();
    await expect(send(request)).rejects.toThrow('Marketplace_RequestAlreadyExists');
    await expect(scenario().send(scenario().hosts[0], 'requestStorage', [request])).rejects.toThrow(
      'Marketplace_InvalidClientAddress',
    );
  });

  test('that is unknown is answered as such, except for its expiry (§3)', async () => {
    const unknown = `0x${'ab'.repeat(32)}`;
    for (const method of ['getRequest', 'requestState', 'requestEnd', 'withdrawFunds(bytes32)']) {
      await expect(scenario().read(method, unknown)).rejects.toThrow('Marketplace_UnknownRequest');
    }
    expect(await scenario().read('requestExpiry', unknown)).toBe(0n);
  });

  test('is cancelled by the clock alone: latest still says new, pending says cancelled (S13)', async () => {
    const { chain, client, market } = scenario();
    const { id } = await scenario().request();
    await chain.provider.send('evm_increaseTime', [601]);
    expect(await market.read(client, 'requestState', [id], 'latest')).toBe(requestStates.new);
    expect(await market.read(client, 'requestState', [id], 'pending')).toBe(requestStates.cancelled);
  });

  interface Broken extends RequestChange {
    readonly client?: string;
    readonly content?: Partial<typeof exampleContent>;
  }

  /** The example request with all that breaks it, the last one told having its way. */
  function mend(...broken: Broken[]): object {
    return {
      client: broken.find(({ client }) => client !== undefined)?.client ?? scenario().client.address,
      ask: Object.assign({}, exampleAsk, ...broken.map(({ ask }) => ask)),
      content: Object.assign({}, exampleContent, ...broken.map(({ content }) => content)),
      expiry: broken.find(({ expiry }) => expiry !== undefined)?.expiry ?? 600n,
      nonce: `0x${'0'.repeat(63)}1`,
    };
  }

  const send = (request: object): Promise<unknown> =>
    scenario().send(scenario().client, 'requestStorage', [request], T);
});
