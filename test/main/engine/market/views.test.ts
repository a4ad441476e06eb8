import { Interface } from 'ethers';
import { describe, expect, it } from 'vitest';
import { requestIdOf } from '../../../../src/main/engine/contracts/requestid.ts';
import { MarketError, revertError } from '../../../../src/main/engine/market/errors.ts';
import { Contract } from '../../../../src/main/engine/market/contract.ts';
import { MarketplaceViews } from '../../../../src/main/engine/market/views.ts';
import { fakeConfig } from '../../../support/fakemarket.ts';
import { marketplaceAbi } from '../../../support/marketplaceabi.ts';
import { account, aRequest, word } from '../../../support/requests.ts';
import { ScriptedRpc } from '../../../support/scriptedrpc.ts';

const on = { signal: new AbortController().signal };
const contract = new Interface(marketplaceAbi);

function make() {
  const rpc = new ScriptedRpc();
  const marketplace = new Contract({ address: account(1), abi: marketplaceAbi, rpc });
  const connection = { rpc, marketplace, token: account(2), config: fakeConfig, close: () => {} };
  const views = new MarketplaceViews(connection, account(3));
  const answer = (name: string, value: unknown) =>
    rpc.next('eth_call', () => contract.encodeFunctionResult(name, [value]));
  return { rpc, views, answer };
}

describe('MarketplaceViews', () => {
  it('asks what time changes of the pending block, and says who asks', async () => {
    const { rpc, views, answer } = make();
    answer('slotState', 5);
    answer('canReserveSlot', true);
    answer('getHost', account(0));
    expect(await views.slotState(word(1), on)).toBe('cancelled');
    expect(await views.canReserveSlot(word(1), 0, on)).toBe(true);
    expect(await views.getHost(word(1), on)).toBeUndefined();
    expect(rpc.calls.map(({ params }) => params[1])).toEqual(['pending', 'pending', 'latest']);
    expect(rpc.calls[1]?.params[0]).toMatchObject({ from: account(3), to: account(1) });
  });

  it('asks for a request once, and again after 128 others', async () => {
    const { rpc, views, answer } = make();
    const request = aRequest();
    const id = requestIdOf(request);
    answer('getRequest', request);
    expect(await views.getRequest(id, on)).toEqual(request);
    expect(await views.getRequest(id, on)).toEqual(request);
    expect(rpc.calls).toHaveLength(1);
    for (let i = 0; i < 128; i++) {
      answer('getRequest', request);
      await views.getRequest(word(i), on);
    }
    answer('getRequest', request);
    await views.getRequest(id, on);
    expect(rpc.calls).toHaveLength(130);
  });

  it.each([
    ['Marketplace_UnknownRequest', false],
    ['Marketplace_InvalidSlot', false],
    ['Marketplace_ReservationRequired', false],
    ['Marketplace_SlotNotFree', true],
    ['Proofs_InvalidProof', true],
    ['Proofs_ProofAlreadySubmitted', true],
    ['Marketplace_StartNotBeforeExpiry', undefined],
  ])(
    'takes %s of a fill that is only tried for an answer about the reservation: %s',
    async (revert, holds) => {
      const { rpc, views } = make();
      rpc.next('eth_call', () => {
        throw revertError(revert);
      });
      expect(await views.holdsReservation(word(1), 2, on)).toBe(holds);
      expect(rpc.calls[0]?.params).toMatchObject([{ from: account(3) }, 'pending']);
    },
  );

  it('cannot tell about a reservation from a refusal without a name, and passes on what is no refusal', async () => {
    const { rpc, views } = make();
    rpc.next('eth_call', () => {
      throw new MarketError('REVERTED', { data: '0x' });
    });
    expect(await views.holdsReservation(word(1), 2, on)).toBeUndefined();
    rpc.next('eth_call', () => {
      throw new MarketError('CHAIN_UNREACHABLE', {});
    });
    await expect(views.holdsReservation(word(1), 2, on)).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    rpc.next('eth_call', () => '0x');
    expect(await views.holdsReservation(word(1), 2, on)).toBe(true);
  });

  it('calls a value that cannot be what it claims hostile', async () => {
    const { rpc, views, answer } = make();
    const hostile = { code: 'HOSTILE_VALUE' };
    answer('slotState', 9);
    await expect(views.slotState(word(1), on)).rejects.toMatchObject(hostile);
    answer('requestEnd', 2n ** 63n);
    await expect(views.requestEnd(word(1), on)).rejects.toMatchObject(hostile);
    answer('getRequest', aRequest({ content: { cid: new Uint8Array(2000) } }));
    await expect(views.getRequest(word(1), on)).rejects.toMatchObject(hostile);
    for (const answer of ['0x', '0x12', 'nonsense', null, 7, `0x${'ff'.repeat(32)}`]) {
      rpc.next('eth_call', () => answer);
      await expect(views.slotState(word(1), on)).rejects.toMatchObject(hostile);
    }
  });
});
