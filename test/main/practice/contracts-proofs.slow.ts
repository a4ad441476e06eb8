import { Interface } from 'ethers';
import { describe, expect, test } from 'vitest';
import {
  T,
  exampleContent,
  useScenario,
  validProof,
  zeroAddress,
  zeroProof,
} from '../../support/contractscenario.ts';
import { drawOf, pointerOf } from '../../support/proofdraw.ts';
import { artifacts } from '../../support/testcontract.ts';

const scenario = useScenario();
const period = T / 300;

describe('The draw of proofs (S10)', () => {
  test('follows the published rule in every one of 256 blocks and 17 periods (R27)', async () => {
    const { chain } = scenario();
    const { id, slots } = await scenario().request({
      ask: { proofProbability: 4n, duration: 20_000n },
      expiry: 19_000n,
    });
    const slot = slots[0];
    await scenario().fill(0, id, 0, T + 10);
    expect(await scenario().read('slotProbability', slot)).toBe(3n);
    await chain.setTime(T + 300);

    const challengesByPeriod = new Map<number, Set<string>>();
    const wasRequired = new Set<boolean>();
    for (let block = 0; block < 256; block++) {
      await chain.mine(1, 20);
      const present = Math.floor((await chain.now()) / 300);
      const expected = await drawOf(chain.provider, { id: slot, period: present, oddsAgainst: 3n });
      expect(await observed(slot)).toEqual(expected);
      wasRequired.add(expected.isRequired);
      challengesByPeriod.set(present, (challengesByPeriod.get(present) ?? new Set()).add(expected.challenge));
    }
    expect(wasRequired).toEqual(new Set([true, false]));
    // A challenge stays through its period, but for one wrap of the pointer.
    for (const challenges of challengesByPeriod.values()) expect(challenges.size).toBeLessThanOrEqual(2);
  });

  test('asks for nothing in the period of the fill, and always when the odds are one (R17, R27)', async () => {
    const slot = await scenario().runningSlot();
    expect(await scenario().read('slotProbability', slot)).toBe(0n);
    await scenario().mineToPointer(slot, period, 100);
    await scenario().chain.setTime(T + 250);
    expect(await scenario().read('isProofRequired', slot)).toBe(false);
    await scenario().mineToPointer(slot, period + 1, 100);
    await scenario().chain.setTime(T + 300);
    expect(await scenario().read('isProofRequired', slot)).toBe(true);
    await scenario().mineToPointer(slot, period + 1, 31);
    await scenario().chain.setTime(T + 400);
    expect(await scenario().read('isProofRequired', slot)).toBe(false);
    expect(await scenario().read('willProofBeRequired', slot)).toBe(true);
  });

  test('answers for an unknown slot with values and without errors (S11)', async () => {
    const unknown = `0x${'ef'.repeat(32)}`;
    const zeros = ['slotState', 'currentCollateral', 'missingProofs', 'slotProbability'];
    for (const method of zeros) expect(await scenario().read(method, unknown)).toBe(0n);
    expect(await scenario().read('getHost', unknown)).toBe(zeroAddress);
    expect(await scenario().read('isProofRequired', unknown)).toBe(false);
    expect(await scenario().read('willProofBeRequired', unknown)).toBe(false);
    const block = await scenario().chain.provider.getBlockNumber();
    const now = Math.floor((await scenario().chain.now()) / 300);
    expect(await scenario().read('getPointer', unknown)).toBe(BigInt(pointerOf(unknown, now, block)));
    expect(await scenario().read('getChallenge', unknown)).toMatch(/^0x[0-9a-f]{64}$/);
  });
});

describe('A submitted proof (S10, R30)', () => {
  test('comes from the host, is not zero, and comes once in a period', async () => {
    const { hosts } = scenario();
    const slot = await scenario().runningSlot();
    await expect(submit(`0x${'ef'.repeat(32)}`, T + 11)).rejects.toThrow('Marketplace_UnknownRequest');
    await expect(submit(slot, T + 11)).rejects.toThrow('Proofs_ProofAlreadySubmitted');
    const byOther = scenario().send(hosts[1], 'submitProof', [slot, validProof], T + 300);
    await expect(byOther).rejects.toThrow('Marketplace_ProofNotSubmittedByHost');
    const zero = scenario().send(hosts[0], 'submitProof', [slot, zeroProof], T + 300);
    await expect(zero).rejects.toThrow('Proofs_InvalidProof');
    expect(scenario().events(await submit(slot, T + 300))).toEqual([
      { name: 'ProofSubmitted', args: { id: slot } },
    ]);
    await expect(submit(slot, T + 301)).rejects.toThrow('Proofs_ProofAlreadySubmitted');
  });

  test('is taken even when the request was cancelled long ago', async () => {
    const { id, slots } = await scenario().request();
    await scenario().fill(0, id, 0, T + 10);
    await expect(submit(slots[0], T + 5000)).resolves.toBeDefined();
  });

  test('is verified against challenge, root and slot index, in this order (R31)', async () => {
    const { chain } = scenario();
    const { id, slots } = await scenario().request();
    const sent = await scenario().fill(0, id, 3, T + 10);
    const trace: Trace = await chain.provider.send('debug_traceTransaction', [
      sent.hash,
      { tracer: 'callTracer' },
    ]);
    const verifier = new Interface(artifacts.contracts.AcceptingVerifier.abi);
    const selector = verifier.getFunction('verify')?.selector ?? 'none';
    const call = trace.calls.find(({ input }) => input.startsWith(selector));
    const inputs: unknown = verifier.decodeFunctionData('verify', call?.input ?? '0x')[1];
    const { challenge } = await drawOf(chain.provider, { id: slots[3], period, oddsAgainst: 0n });
    expect(inputs).toEqual([
      littleEndian(challenge.slice(0, -2)),
      littleEndian(exampleContent.merkleRoot),
      3n,
    ]);
  });
});

interface Trace {
  readonly calls: readonly { readonly input: string }[];
}

const submit = (slotId: string, at: number) =>
  scenario().send(scenario().hosts[0], 'submitProof', [slotId, validProof], at);

async function observed(slotId: string): Promise<object> {
  const methods = ['getPointer', 'getChallenge', 'isProofRequired', 'willProofBeRequired'];
  const answers = methods.map((method) => scenario().read(method, slotId));
  const [pointer, challenge, isRequired, willBeRequired] = await Promise.all(answers);
  return { pointer, challenge, isRequired, willBeRequired };
}

const littleEndian = (hexBytes: string): bigint =>
  BigInt(`0x${Buffer.from(hexBytes.slice(2), 'hex').reverse().toString('hex')}`);
