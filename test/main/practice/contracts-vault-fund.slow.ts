import { toBeHex, zeroPadValue } from 'ethers';
import { describe, expect, test } from 'vitest';
import { T, nobody, useScenario } from '../../support/contractscenario.ts';
import type { Sent, TestAccount } from '../../support/testcontract.ts';

const scenario = useScenario('vault');

/** A fund of 1000 tokens of account `a`, locked until T + 100, at most until T + 200; its controller is no contract. */
const fund = zeroPadValue('0x01', 32);
const a = () => accountOf(scenario().hosts[0]);
const b = () => accountOf(scenario().hosts[1]);
const controller = () => scenario().client;

async function funded(): Promise<void> {
  const { token, treasury } = scenario();
  await token.send(controller(), 'approve', [treasury.address, 1000n]);
  await order('lock', [T + 100, T + 200], T);
  await order('deposit', [a(), 1000n], T);
}

describe('A fund of the vault', () => {
  test('is locked once, for a time to come that is no longer than the longest', async () => {
    await expect(order('lock', [T, T + 200], T)).rejects.toThrow('VaultInvalidExpiry');
    await expect(order('lock', [T + 201, T + 200], T)).rejects.toThrow('VaultInvalidExpiry');
    await order('lock', [T + 100, T + 200], T);
    await expect(order('lock', [T + 100, T + 200], T)).rejects.toThrow('VaultFundAlreadyLocked');
    await expect(order('lock', [T + 150, T + 200], T + 120)).rejects.toThrow('VaultFundAlreadyLocked');
  });

  test('is prolonged up to the longest, never shortened, and not once it is open', async () => {
    await funded();
    await expect(order('prolong', [T + 99], T + 1)).rejects.toThrow('VaultInvalidExpiry');
    await expect(order('prolong', [T + 201], T + 1)).rejects.toThrow('VaultInvalidExpiry');
    await order('prolong', [T + 150], T + 99);
    await expect(order('withdraw', [a()], T + 149)).rejects.toThrow('VaultFundNotUnlocked');
    await expect(order('prolong', [T + 200], T + 150)).rejects.toThrow('VaultFundNotLocked');
    await order('withdraw', [a()], T + 150);
  });

  test('is that of the contract which locked it, and of no other', async () => {
    const other = scenario().hosts[2];
    await funded();
    const byOther = scenario().treasury.send(other, 'burn', [fund, a(), 1n]);
    await expect(byOther).rejects.toThrow('VaultFundNotLocked');
    await scenario().chain.setTime(T + 100);
    const asOther = scenario().treasury.send(other, 'withdraw', [fund, a()]);
    await expect(asOther).rejects.toThrow('VaultFundNotUnlocked');
  });

  test('takes orders only while it is locked', async () => {
    await funded();
    for (const [method, ...args] of orders()) {
      await expect(order(method, args, T + 100)).rejects.toThrow('VaultFundNotLocked');
    }
  });

  test('that is frozen takes no orders, and opens when it would have opened', async () => {
    await funded();
    await order('startFlow', [a(), b(), 5n], T + 10);
    await order('freeze', [], T + 30);
    for (const [method, ...args] of orders()) {
      await expect(order(method, args, T + 40)).rejects.toThrow('VaultFundNotLocked');
    }
    await expect(order('withdraw', [b()], T + 99)).rejects.toThrow('VaultFundNotUnlocked');
    expect(await gainOf(0, () => order('withdraw', [a()], T + 100))).toBe(900n);
    expect(await gainOf(1, () => order('withdraw', [b()], T + 100))).toBe(100n);
  });
});

describe('Money of the vault that flows', () => {
  test('is the payee’s by the second, until the fund opens', async () => {
    await funded();
    await order('startFlow', [a(), b(), 5n], T + 10);
    await scenario().chain.setTime(T + 30);
    expect([await balance(a()), await balance(b())]).toEqual([900n, 100n]);
    await scenario().chain.setTime(T + 150);
    expect([await balance(a()), await balance(b())]).toEqual([550n, 450n]);
    expect(await gainOf(1, () => order('withdraw', [b()]))).toBe(450n);
    expect(await gainOf(0, () => order('withdraw', [a()]))).toBe(550n);
    expect(await scenario().balance(scenario().treasury)).toBe(0n);
  });

  test('is stopped, and starts anew', async () => {
    await funded();
    await order('startFlow', [a(), b(), 5n], T + 10);
    await order('stopFlow', [a(), b(), 5n], T + 20);
    await order('startFlow', [a(), b(), 2n], T + 40);
    await scenario().chain.setTime(T + 50);
    expect([await balance(a()), await balance(b())]).toEqual([930n, 70n]);
  });

  test('has to last as long as the fund can be locked', async () => {
    await funded();
    // 190 seconds: 950 tokens are just there, 1140 are not.
    await expect(order('startFlow', [a(), b(), 6n], T + 10)).rejects.toThrow('VaultInsufficientBalance');
    await order('startFlow', [a(), b(), 5n], T + 10);
    await expect(order('startFlow', [a(), b(), 1n], T + 10)).rejects.toThrow('VaultInsufficientBalance');
  });

  test('is not to be moved or burned by its payer any more', async () => {
    await funded();
    await order('startFlow', [a(), b(), 5n], T + 10);
    await expect(order('move', [a(), b(), 51n], T + 10)).rejects.toThrow('VaultInsufficientBalance');
    await expect(order('burn', [a(), 51n], T + 10)).rejects.toThrow('VaultInsufficientBalance');
    await order('move', [a(), b(), 50n], T + 10);
    await expect(order('burn', [a(), 1n], T + 10)).rejects.toThrow('VaultInsufficientBalance');
  });

  test('keeps all of its account from being burned', async () => {
    await funded();
    await order('startFlow', [a(), b(), 5n], T + 10);
    await expect(order('burnAll', [a()], T + 20)).rejects.toThrow('VaultFlowNotZero');
    await expect(order('burnAll', [b()], T + 20)).rejects.toThrow('VaultFlowNotZero');
    await order('stopFlow', [a(), b(), 5n], T + 30);
    await order('burnAll', [b()], T + 40);
    expect(await scenario().balance(nobody)).toBe(100n);
    expect([await balance(a()), await balance(b())]).toEqual([900n, 0n]);
  });
});

describe('An account of the vault', () => {
  test('is taken out by its holder without the controller, and by nobody else', async () => {
    const { hosts, treasury } = scenario();
    await funded();
    const take = (who: TestAccount) => () =>
      treasury.send(who, 'withdrawByHolder', [controller().address, fund, a()]);
    await expect(take(hosts[0])()).rejects.toThrow('VaultFundNotUnlocked');
    await scenario().chain.setTime(T + 100);
    await expect(take(hosts[1])()).rejects.toThrow('VaultOnlyAccountHolder');
    expect(await gainOf(0, take(hosts[0]))).toBe(1000n);
    expect(await gainOf(0, take(hosts[0]))).toBe(0n);
  });

  test('has nothing but what was put into it', async () => {
    await funded();
    await expect(order('move', [b(), a(), 1n], T + 1)).rejects.toThrow('VaultInsufficientBalance');
    await expect(order('burn', [a(), 1001n], T + 1)).rejects.toThrow('VaultInsufficientBalance');
    await expect(order('stopFlow', [a(), b(), 1n], T + 1)).rejects.toThrow('Panic 0x11');
  });
});

/** Whatever moves money while the fund is locked. */
const orders = (): readonly (readonly [string, ...unknown[]])[] => [
  ['prolong', T + 200],
  ['freeze'],
  ['deposit', a(), 1n],
  ['move', a(), b(), 1n],
  ['startFlow', a(), b(), 1n],
  ['stopFlow', a(), b(), 0n],
  ['burn', a(), 1n],
  ['burnAll', a()],
];

async function order(method: string, args: readonly unknown[], at?: number): Promise<Sent> {
  const { chain, treasury } = scenario();
  await chain.nextBlockAt(at ?? (await chain.now()));
  return treasury.send(controller(), method, [fund, ...args]);
}

const balance = (account: string) =>
  scenario().treasury.read(controller(), 'balanceOf', [controller().address, fund, account]);

const gainOf = (host: number, action: () => Promise<unknown>) =>
  scenario().gain(scenario().host(host), action);

/** The holder's address, and which of its accounts. */
const accountOf = ({ address }: TestAccount): string => address + toBeHex(7n, 12).slice(2);
