import { describe, expect, it } from 'vitest';
import { emptyLiveState } from '../../src/shared/live.ts';
import type { SaleRow } from '../../src/shared/rows.ts';
import { statusSentence } from '../../src/shared/status.ts';
import { chainRow, nodeRow, offerRow, saleRow, storageRow, tablesOf } from '../support/livefixtures.ts';

const DAY = 86_400;
const NOW = 10 * DAY;

describe('Status sentence', () => {
  it('says that it starts before anything is known', () => {
    expect(statusSentence(emptyLiveState)).toEqual({ shape: 'idle', sentence: 'Starting.' });
  });

  it('says why a node that failed does not run', () => {
    const failure = { code: 'CHAIN_UNREACHABLE', message: 'The chain does not answer.' };
    expect(status({ node: [nodeRow({ state: 'failed', failure })], sales: [saleRow('a')] })).toEqual({
      shape: 'stopped',
      sentence: 'Stopped: The chain does not answer.',
    });
  });

  it('says that the wallet has to be unlocked, whatever was sold before', () => {
    expect(status({ node: [nodeRow({ state: 'locked' })], sales: [saleRow('a')] })).toEqual({
      shape: 'stopped',
      sentence: 'Locked: nothing is sold or proven until the wallet is unlocked.',
    });
  });

  it('says that nothing is proven once the node is stopped', () => {
    expect(status({ node: [nodeRow({ state: 'stopped' })] })).toEqual({
      shape: 'stopped',
      sentence: 'Stopped: nothing is sold or proven.',
    });
  });

  it.each([
    [[], 'Nothing offered yet.'],
    [[offerRow('a')], 'Waiting for a request that fits your offer.'],
    [[offerRow('a'), offerRow('b')], 'Waiting for a request that fits your offers.'],
    [[offerRow('a', 'paused'), offerRow('b', 'ended')], 'All offers are paused.'],
    [[offerRow('a', 'ended')], 'All offers have ended.'],
  ])('says what is waited for (%#)', (availabilities, sentence) => {
    expect(status({ availabilities })).toEqual({ shape: 'idle', sentence });
  });

  it('says how much is downloading while nothing is sold', () => {
    const sales = [saleRow('a', { state: 'downloading' }), saleRow('b', { state: 'ignored', endedAt: 1 })];
    expect(status({ sales, availabilities: [offerRow('a')] })).toEqual({
      shape: 'idle',
      sentence: 'Downloading 1 slot, 10.0 GB. Nothing sold yet.',
    });
  });

  it('says how much is sold, counting only slots that are ours now', () => {
    const sales = [
      saleRow('a'),
      saleRow('b', { state: 'filled', slotSizeBytes: 402_300_000_000n }),
      saleRow('c', { state: 'downloading' }),
      saleRow('d', { state: 'finished', endedAt: 5 }),
    ];
    expect(status({ sales, availabilities: [offerRow('a')] })).toEqual({
      shape: 'selling',
      sentence: 'Selling 412.3 GB in 2 slots. All proofs on time.',
    });
  });

  it('says so when what is sold is the last', () => {
    const { shape, sentence } = status({ sales: [saleRow('a')], availabilities: [offerRow('a', 'paused')] });
    expect(shape).toBe('selling');
    expect(sentence).toContain('offers are paused');
  });

  it('asks for attention when a proof was missed within a day, and no longer after it', () => {
    const missedAt = (at: number): SaleRow =>
      saleRow('a', { proofs: { sent: 1, missed: 1, failed: 0, sentAt: [], missedAt: [at] } });
    expect(status({ sales: [missedAt(NOW - DAY + 1)] })).toEqual({
      shape: 'attention',
      sentence: 'Selling 10.0 GB in 1 slot. 1 proof missed in the last 24 hours.',
    });
    expect(status({ sales: [missedAt(NOW - DAY)] }).shape).toBe('selling');
  });

  it('asks for attention when the chain does not answer, and says what that endangers', () => {
    expect(status({ chain: [chainRow(NOW, 5)], sales: [saleRow('a'), saleRow('b')] })).toEqual({
      shape: 'attention',
      sentence: 'The chain does not answer, retrying. No proof can be sent for 2 slots.',
    });
  });

  it.each([
    ['SLOT_FOLDER_GONE', 'The disk with the slots cannot be used. No proof can be given for 1 slot.'],
    ['DISK_FULL', 'The disk is full: nothing more can be stored.'],
  ])('asks for attention for a disk with %s', (code, sentence) => {
    const storage = [{ ...storageRow, fault: { code, message: 'What to do.' } }];
    expect(status({ storage, sales: [saleRow('a')] })).toEqual({ shape: 'attention', sentence });
  });

  it('asks for attention when there is no gas', () => {
    const wallet = [{ id: 'wallet', address: '0x', tokens: 1n, gas: 0n }];
    expect(status({ wallet, sales: [saleRow('a')] }).shape).toBe('attention');
  });
});

const status = (rows: Parameters<typeof tablesOf>[0]) =>
  statusSentence({ tables: tablesOf({ node: [nodeRow()], chain: [chainRow(NOW)], ...rows }) });
