import { describe, expect, test } from 'vitest';
import {
  T,
  collateral,
  exampleAsk,
  exampleContent,
  price,
  requestStates,
  useScenario,
  validProof,
  vaultSlotStates,
} from '../../support/contractscenario.ts';

const scenario = useScenario('vault');

describe('A storage request of the vault family', () => {
  test('has the id, the times and the states of the direct family', async () => {
    const { id, slots, sent } = await scenario().request();
    expect(id).toBe('0x8011921af4b6b88c7c6b9f7ddbff4686aa191cfcd54b90c9731f4dbd282ba45b');
    expect(slots[0]).toBe('0xde2bc4747734aa1a2b071616783b7a608e460d85f76ee9c07b5c58aff1d1a2f6');
    expect(scenario().events(sent).at(-1)?.args).toMatchObject({ requestId: id, expiry: BigInt(T + 600) });
    expect(await scenario().read('requestState', id)).toBe(requestStates.new);
    expect(await scenario().read('requestEnd', id)).toBe(BigInt(T + 3600));
    expect(await scenario().read('requestExpiry', id)).toBe(BigInt(T + 600));
    expect(await scenario().read('myRequests')).toEqual([id]);
    expect(await scenario().read('getRequest', id)).toMatchObject([
      expect.stringMatching(new RegExp(scenario().client.address, 'i')),
      [1n, 7n, 100n, 4n, 1_048_576n, 3600n, 2n],
      [exampleContent.cid, exampleContent.merkleRoot],
      600n,
      `0x${'0'.repeat(63)}1`,
    ]);
  });

  test('brings the price by way of the marketplace to the vault, in one transaction', async () => {
    const { client, market, treasury } = scenario();
    const { sent } = await scenario().request();
    expect(scenario().story(sent)).toEqual([`Transfer ${price}`, `Transfer ${price}`, 'StorageRequested']);
    const ways = scenario().events(sent).slice(0, 2);
    expect(
      ways.map(({ args }) => [args['from'], args['to']].map((end) => String(end).toLowerCase())),
    ).toEqual([
      [client.address, market.address],
      [market.address, treasury.address],
    ]);
    expect(await scenario().balance(market)).toBe(0n);
    expect(await scenario().balance(treasury)).toBe(price);
  });

  test('needs the whole price as an allowance of the marketplace', async () => {
    const { client, market, treasury } = scenario();
    await scenario().tokenAt(client, 'approve', [treasury.address, price]);
    await scenario().tokenAt(client, 'approve', [market.address, price - 1n]);
    await expect(scenario().request()).rejects.toThrow('ERC20InsufficientAllowance');
    await scenario().tokenAt(client, 'approve', [market.address, price]);
    expect(await scenario().gain(client, () => scenario().request())).toBe(-price);
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
    ['Marketplace_InvalidCid', { cid: '0x' }],
    ['Marketplace_DurationExceedsLimit', { ask: { duration: 2_592_001n } }],
  ];

  test('is refused for the first broken condition of the same order', async () => {
    for (const [place, [error, broken]] of preconditions.entries()) {
      await expect(post(broken)).rejects.toThrow(error);
      const stillBroken = preconditions.slice(place).map(([, each]) => each);
      await expect(post(...stillBroken.reverse())).rejects.toThrow(error);
    }
    await expect(post({ expiry: 3600n })).rejects.toThrow('Marketplace_InvalidExpiry');
    await post({ ask: { duration: 2_592_000n, maxSlotLoss: 4n }, expiry: 3599n });
    await post({});
    await expect(post({})).rejects.toThrow('Marketplace_RequestAlreadyExists');
  });

  test('with a price of a slot and second beyond 96 bits ends in a panic at once', async () => {
    const slotSize = 1_048_576n; // 2^20
    await expect(post({ ask: { pricePerBytePerSecond: 2n ** 76n, slotSize } })).rejects.toThrow('Panic 0x11');
    const justFits = post({ ask: { pricePerBytePerSecond: 2n ** 76n - 1n, slotSize } });
    await expect(justFits).rejects.toThrow('ERC20InsufficientBalance');
  });

  test('with a collateral beyond 128 bits is taken, and ends in a panic at the fill', async () => {
    const { id } = await scenario().request({ ask: { collateralPerByte: 2n ** 108n } });
    await scenario().reserve(0, id, 0);
    await expect(fill(0, id, 0)).rejects.toThrow('Panic 0x11');
    const other = await scenario().request({ ask: { collateralPerByte: 2n ** 108n - 1n }, nonce: 2, at: T });
    await scenario().reserve(0, other.id, 0);
    await expect(fill(0, other.id, 0)).rejects.toThrow('ERC20InsufficientBalance');
  });

  test('that is unknown is answered as such, except for its expiry', async () => {
    const unknown = `0x${'ab'.repeat(32)}`;
    for (const method of [
      'getRequest',
      'requestState',
      'requestEnd',
      'withdrawFunds',
      'withdrawByValidator',
    ]) {
      await expect(scenario().read(method, unknown)).rejects.toThrow('Marketplace_UnknownRequest');
    }
    expect(await scenario().read('requestExpiry', unknown)).toBe(0n);
  });

  interface Broken {
    readonly client?: string;
    readonly ask?: Partial<typeof exampleAsk>;
    readonly cid?: string;
    readonly expiry?: bigint;
  }

  /** The example request with all that breaks it, the last one told having its way. */
  const post = (...broken: Broken[]): Promise<unknown> => {
    const { client } = scenario();
    const all: Broken = Object.assign({}, ...broken);
    const request = {
      client: all.client ?? client.address,
      ask: Object.assign({}, exampleAsk, ...broken.map(({ ask }) => ask)),
      content: { ...exampleContent, ...(all.cid !== undefined && { cid: all.cid }) },
      expiry: all.expiry ?? 600n,
      nonce: `0x${'0'.repeat(63)}1`,
    };
    return scenario().send(client, 'requestStorage', [request], T);
  };
});

describe('A request of the vault family that expires', () => {
  test('reads new in the second of the expiry, although its fund is open by then', async () => {
    const { client } = scenario();
    const { id, slots } = await scenario().request();
    await scenario().fill(0, id, 0, T + 100);
    await scenario().chain.setTime(T + 599);
    await expect(scenario().read('withdrawFunds', id)).rejects.toThrow('VaultFundNotUnlocked');
    await scenario().chain.setTime(T + 600);
    expect(await scenario().read('requestState', id)).toBe(requestStates.new);
    expect(await scenario().gain(client, () => scenario().withdraw(id))).toBe(102_026_444_800n);
    await scenario().chain.setTime(T + 601);
    expect(await scenario().read('requestState', id)).toBe(requestStates.cancelled);
    expect(await scenario().read('requestEnd', id)).toBe(BigInt(T + 600));
    expect(await scenario().read('slotState', slots[0])).toBe(vaultSlotStates.cancelled);
    expect(await scenario().read('slotState', slots[1])).toBe(vaultSlotStates.free);
  });

  test('cannot be filled in the second of the expiry, nor given up', async () => {
    const { id, slots } = await scenario().request();
    await scenario().fill(0, id, 0, T + 100);
    await scenario().reserve(1, id, 1);
    await scenario().chain.setTime(T + 600);
    expect(await scenario().read('slotState', slots[0])).toBe(vaultSlotStates.filled);
    await expect(fill(1, id, 1)).rejects.toThrow('VaultFundNotLocked');
    await expect(scenario().free(0, slots[0])).rejects.toThrow('VaultFundNotLocked');
    await scenario().chain.setTime(T + 601);
    await expect(fill(1, id, 1)).rejects.toThrow('Marketplace_SlotNotFree');
  });

  test('looks at the time before it looks at the tokens', async () => {
    const { market, token, hosts } = scenario();
    const { id } = await scenario().request();
    await scenario().reserve(1, id, 1);
    await token.send(hosts[1], 'approve', [market.address, 0n]);
    await expect(fill(1, id, 1)).rejects.toThrow('ERC20InsufficientAllowance');
    await scenario().chain.setTime(T + 600);
    await expect(fill(1, id, 1)).rejects.toThrow('VaultFundNotLocked');
  });

  test.each([
    ['hosts first', false],
    ['client first', true],
  ])('pays hosts up to the expiry and the client the rest, %s', async (_, isClientFirst) => {
    const { client, treasury } = scenario();
    const { id, slots } = await scenario().request();
    await scenario().fill(0, id, 0, T + 100);
    await scenario().fill(1, id, 2, T + 250);
    await scenario().chain.setTime(T + 601);
    const actions = [
      async (): Promise<void> => {
        const sent = await scenario().free(0, slots[0]);
        // Reward and collateral in one.
        expect(scenario().story(sent)).toEqual([`Transfer ${3_670_016_000n + collateral}`]);
        expect(await scenario().gain(scenario().host(1), () => scenario().free(1, slots[2]))).toBe(
          2_569_011_200n + collateral,
        );
        expect(await scenario().read('slotState', slots[0])).toBe(vaultSlotStates.cancelled);
      },
      async (): Promise<void> => {
        const before = await scenario().balance(client);
        // No word of the cancellation.
        expect(scenario().story(await scenario().withdraw(id))).toEqual(['Transfer 99457433600']);
        expect((await scenario().balance(client)) - before).toBe(99_457_433_600n);
      },
    ];
    for (const action of isClientFirst ? actions.reverse() : actions) await action();
    expect(await scenario().balance(treasury)).toBe(0n);
  });
});

describe("A withdrawal of the client's money", () => {
  test('can be seen to by anyone, and moves nothing twice', async () => {
    const { client, strangers, treasury } = scenario();
    const { id } = await scenario().request();
    await scenario().chain.setTime(T + 601);
    const byStranger = () => scenario().send(strangers[0], 'withdrawFunds', [id]);
    expect(await scenario().gain(client, byStranger)).toBe(price);
    expect(await scenario().balance(treasury)).toBe(0n);
    expect(scenario().story(await byStranger())).toEqual([]);
    expect(scenario().story(await scenario().withdraw(id))).toEqual([]);
  });

  test('takes the request off the list only when the client itself asks', async () => {
    const { strangers } = scenario();
    const { id, slots } = await scenario().started();
    await scenario().chain.setTime(T + 3601);
    await scenario().free(0, slots[0]);
    await scenario().send(strangers[0], 'withdrawFunds', [id]);
    expect(await scenario().read('myRequests')).toEqual([id]);
    await scenario().withdraw(id);
    expect(await scenario().read('myRequests')).toEqual([]);
  });
});

const fill = (host: number, id: string, slotIndex: number) =>
  scenario().send(scenario().host(host), 'fillSlot', [id, slotIndex, validProof]);
