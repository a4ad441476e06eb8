import { Interface, id, toBeHex, zeroPadValue } from 'ethers';
import { describe, expect, it } from 'vitest';
import { abortScope } from '../../../../src/main/engine/lib/abort.ts';
import { Secret } from '../../../../src/main/engine/lib/secret.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { revertError } from '../../../../src/main/engine/market/errors.ts';
import { RevertDecoder } from '../../../../src/main/engine/market/reverts.ts';
import { keySigner } from '../../../../src/main/engine/market/signer.ts';
import { Transactions } from '../../../../src/main/engine/market/transactions.ts';
import { account } from '../../../support/requests.ts';
import { refused, ScriptedRpc, unreachable } from '../../../support/scriptedrpc.ts';

const on = { signal: new AbortController().signal };
const call = { name: 'reserveSlot', to: account(7), data: '0x12827602' };
const token = account(8);
const signer = keySigner(new Secret(`0x${'59'.repeat(32)}`));

/** Whatever waits between two attempts lets the chain mine first, unless told not to. */
function make({ mines = true, limitMs = 10_000 } = {}) {
  const rpc = new ScriptedRpc();
  const sleep = async () => {
    if (mines) rpc.mine();
  };
  const options = { pollMs: 1000, limitMs, graceMs: 3000, sleep };
  return {
    rpc,
    transactions: new Transactions({ rpc, signer, chainId: 31_337, token, logger: silentLogger }, options),
  };
}

describe('Transactions', () => {
  it('answers with hash, block and what was paid, once it is mined', async () => {
    const { rpc, transactions } = make();
    const sent = await transactions.send(call, on);
    expect(sent).toEqual({
      transactionHash: rpc.taken[0]?.hash,
      blockNumber: 101,
      minedAt: 1_700_000_101,
      gasCost: 50_000n * 1_000_000_001n,
      tokensReceived: 0n,
    });
    expect(rpc.taken[0]).toMatchObject({
      from: expect.stringMatching(/^0x/),
      nonce: 0,
      gasLimit: 100_000n,
      chainId: 31_337n,
    });
  });

  it('waits for the receipts of many at once, and nothing is said of too many listeners', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on('warning', onWarning);
    const rpc = new ScriptedRpc();
    const modules = { rpc, signer, chainId: 31_337, token, logger: silentLogger };
    const transactions = new Transactions(modules, { pollMs: 5 });
    const sending = Array.from({ length: 20 }, (_, n) =>
      transactions.send({ ...call, data: `0x${String(n).padStart(8, '0')}` }, abortScope()),
    );
    await expect.poll(() => rpc.taken.length).toBe(20);
    rpc.mine();
    expect(await Promise.all(sending)).toHaveLength(20);
    await new Promise(setImmediate);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('adds up the tokens that the called contract moved to the caller, and no others', async () => {
    const { rpc, transactions } = make();
    const transfer = (
      amount: bigint,
      changes: { at?: string; from?: string; to?: string; event?: string } = {},
    ) => {
      const { at = token, from = call.to, to = signer.address, event = 'Transfer' } = changes;
      const topics = [id(`${event}(address,address,uint256)`), zeroPadValue(from, 32), zeroPadValue(to, 32)];
      return { address: at, topics, data: toBeHex(amount, 32) };
    };
    rpc.logs = [
      transfer(5n),
      transfer(7n, { at: `0x${token.slice(2).toUpperCase()}` }),
      transfer(2n ** 255n),
      transfer(100n, { at: account(9) }),
      transfer(100n, { from: account(9) }),
      transfer(100n, { to: account(9) }),
      transfer(100n, { event: 'Approval' }),
      { address: token, topics: [], data: '0x' },
    ];
    expect(await transactions.send(call, on)).toMatchObject({ tokensReceived: 12n + 2n ** 255n });
  });

  it('gives the head room on top of the estimate, which is made on the pending block', async () => {
    const { rpc, transactions } = make();
    await transactions.send({ ...call, headRoomPercent: 25 }, on);
    expect(rpc.taken[0]?.gasLimit).toBe(125_000n);
    expect(rpc.calls.find(({ method }) => method === 'eth_estimateGas')?.params[1]).toBe('pending');
  });

  it('gives transactions sent at the same time nonces in a row, all in flight at once', async () => {
    const { rpc, transactions } = make({ mines: false });
    const submitted = await Promise.all([1, 2, 3].map(() => transactions.submit(call, on)));
    expect(rpc.taken.map(({ nonce }) => nonce)).toEqual([0, 1, 2]);
    expect(new Set(submitted.map(({ hash }) => hash)).size).toBe(3);
    rpc.mine();
    const mined = await Promise.all(submitted.map((one) => transactions.mined(one, on)));
    expect(mined.map(({ blockNumber }) => blockNumber)).toEqual([101, 101, 101]);
  });

  it('uses up no nonce when the estimate already fails, and says why by name', async () => {
    const { rpc, transactions } = make();
    rpc.next('eth_estimateGas', () => {
      throw revertError('Marketplace_SlotNotFree');
    });
    const [failed, sent] = await Promise.allSettled([
      transactions.send(call, on),
      transactions.send(call, on),
    ]);
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'SLOT_NOT_FREE' } });
    expect(sent.status).toBe('fulfilled');
    expect(rpc.taken.map(({ nonce }) => nonce)).toEqual([0]);
  });

  it('is made anew with the chain’s nonce when another used it up', async () => {
    const { rpc, transactions } = make();
    await transactions.send(call, on);
    rpc.next('eth_getTransactionCount', () => '0x0');
    await transactions.send(call, on);
    expect(rpc.taken.map(({ nonce }) => nonce)).toEqual([0, 1]);
  });

  it('is sent again, the same, when no answer came, and never twice', async () => {
    const { rpc, transactions } = make();
    rpc.next('eth_sendRawTransaction', () => {
      throw unreachable();
    });
    // The second attempt arrives and its answer is lost; the third is told that it is known.
    rpc.next('eth_sendRawTransaction', () => {
      rpc.take(String(rpc.calls.at(-1)?.params[0]));
      throw unreachable();
    });
    rpc.next('eth_getTransactionByHash', () => {
      throw unreachable();
    });
    rpc.next('eth_getTransactionByHash', () => {
      throw unreachable();
    });
    await transactions.send(call, on);
    expect(rpc.taken).toHaveLength(1);
    expect(rpc.calls.filter(({ method }) => method === 'eth_sendRawTransaction')).toHaveLength(3);
  });

  it('gives up with the hash when nothing answers for long', async () => {
    const { rpc, transactions } = make();
    for (let i = 0; i < 5; i++) {
      rpc.next('eth_sendRawTransaction', () => {
        throw unreachable();
      });
    }
    await expect(transactions.send(call, on)).rejects.toMatchObject({
      code: 'TRANSACTION_LOST',
      details: { transactionHash: expect.stringMatching(/^0x/) },
    });
  });

  it('says why a mined transaction failed, by calling again at its block', async () => {
    const { rpc, transactions } = make({ mines: false });
    const submitted = await transactions.submit(call, on);
    rpc.mine({ status: 0 });
    rpc.next('eth_call', () => {
      throw revertError('Proofs_ProofAlreadySubmitted');
    });
    await expect(transactions.mined(submitted, on)).rejects.toMatchObject({
      code: 'PROOF_ALREADY_SUBMITTED',
      details: { transactionHash: submitted.hash, blockNumber: 101, gasCost: 50_000n * 1_000_000_001n },
    });
    expect(rpc.calls.at(-1)).toEqual({ method: 'eth_call', params: [submitted.call, '0x65'] });
  });

  it('reads receipts through an outage', async () => {
    const { rpc, transactions } = make();
    for (let i = 0; i < 3; i++) {
      rpc.next('eth_getTransactionReceipt', () => {
        throw unreachable();
      });
    }
    expect(await transactions.send(call, on)).toMatchObject({ blockNumber: 101 });
  });

  it('asks again when the block of a receipt cannot be read', async () => {
    const { rpc, transactions } = make();
    const submitted = await transactions.submit(call, on);
    rpc.mine();
    rpc.next('eth_getBlockByNumber', () => null);
    rpc.next('eth_getBlockByNumber', () => {
      throw unreachable();
    });
    expect(await transactions.mined(submitted, on)).toMatchObject({ minedAt: 1_700_000_101 });
  });

  it('waits no longer than the limit', async () => {
    const { transactions } = make({ mines: false, limitMs: 5000 });
    await expect(transactions.send(call, on)).rejects.toMatchObject({ code: 'TRANSACTION_LOST' });
  });

  it('is not sent when called off before, and seen through when called off after', async () => {
    const { rpc, transactions } = make({ mines: false });
    const controller = new AbortController();
    rpc.next('eth_estimateGas', () => {
      controller.abort();
      return '0x1';
    });
    await expect(transactions.send(call, controller)).rejects.toMatchObject({ name: 'AbortError' });
    expect(rpc.taken).toHaveLength(0);

    const later = new AbortController();
    const submitted = await transactions.submit(call, later);
    later.abort();
    rpc.mine();
    expect(await transactions.mined(submitted, later)).toMatchObject({ transactionHash: submitted.hash });
  });

  it('gives a transaction that is never mined only a little longer once called off', async () => {
    const { rpc, transactions } = make({ mines: false, limitMs: 1e9 });
    const submitted = await transactions.submit(call, on);
    const waiting = transactions.mined(submitted, { signal: AbortSignal.abort() });
    await expect(waiting).rejects.toMatchObject({ code: 'TRANSACTION_LOST' });
    expect(rpc.calls.filter(({ method }) => method === 'eth_getTransactionReceipt').length).toBeLessThan(5);
  });

  it('does without the call for the tip where a network does not know it', async () => {
    const { rpc, transactions } = make();
    rpc.next('eth_maxPriorityFeePerGas', () => {
      throw refused('the method does not exist');
    });
    await transactions.send(call, on);
    expect(rpc.taken[0]?.maxPriorityFeePerGas).toBe(10n ** 9n);
  });

  it('keeps the private key out of the error for a bad one', () => {
    const text = `0x${'5'.repeat(63)}`;
    expect(() => keySigner(new Secret(text))).toThrow(expect.not.stringContaining('555'));
    expect(() => keySigner(new Secret(text))).toThrow(TypeError);
  });
});

describe('a revert', () => {
  const decoder = new RevertDecoder(['error Marketplace_SlotNotFree()', 'error Marketplace_InvalidState()']);
  const data = (signature: string, args: unknown[] = []) =>
    new Interface([`error ${signature}`]).encodeErrorResult(signature.split('(')[0] ?? '', args);

  it('becomes the error it means, and keeps its name', () => {
    expect(decoder.decode(data('Marketplace_SlotNotFree()'))).toMatchObject({
      code: 'SLOT_NOT_FREE',
      details: { revert: 'Marketplace_SlotNotFree' },
    });
    expect(decoder.decode(data('Marketplace_InvalidState()'))).toMatchObject({ code: 'REVERTED' });
  });

  it('is known when it is the token’s, with its amounts', () => {
    const short = data('ERC20InsufficientBalance(address,uint256,uint256)', [account(1), 5n, 7n]);
    expect(decoder.decode(short)).toMatchObject({
      code: 'INSUFFICIENT_TOKENS',
      details: { args: [expect.any(String), 5n, 7n] },
    });
  });

  it('is known when it is Solidity’s own', () => {
    expect(decoder.decode(data('Panic(uint256)', [0x11n]))).toMatchObject({
      details: { revert: 'Panic', args: [17n] },
    });
    expect(decoder.decode(data('Error(string)', ['no']))).toMatchObject({
      details: { revert: 'Error', args: ['no'] },
    });
  });

  it('without a reason, or with one that nobody knows or that is cut short, is just a revert', () => {
    for (const unknown of [null, '0x', '0x12345678', '0xe450d38c0000']) {
      expect(decoder.decode(unknown)).toMatchObject({ code: 'REVERTED' });
    }
  });
});
