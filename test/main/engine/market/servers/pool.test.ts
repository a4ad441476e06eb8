import { describe, expect, test } from 'vitest';
import { abortScope } from '../../../../../src/main/engine/lib/abort.ts';
import { MarketError } from '../../../../../src/main/engine/market/errors.ts';
import { parseAnswer, quantity } from '../../../../../src/main/engine/market/rpc.ts';
import type { ServerStatus } from '../../../../../src/main/engine/market/servers/health.ts';
import { countingSignal } from '../../../../support/noleaks.ts';
import { recordingLogger } from '../../../../support/recordinglogger.ts';
import { broken, refusalAnswer, ScriptedPool, tooOften } from '../../../../support/scriptedserver.ts';

const states = ({ pool }: ScriptedPool) => pool.status.map(({ state }) => state);

describe('one server', () => {
  test('that nobody reached is asked once more at once, so every second answer is enough', async () => {
    const { pool, server } = one();
    server.next(
      'eth_gasPrice',
      broken,
      () => '0x1',
      broken,
      () => '0x2',
    );
    expect(await pool.send('eth_gasPrice', [])).toBe('0x1');
    expect(await pool.send('eth_gasPrice', [])).toBe('0x2');
    expect(server.count('eth_gasPrice')).toBe(4);
  });

  test('that fails twice is told to be unreachable', async () => {
    const { pool, server } = one();
    server.next('eth_gasPrice', broken, broken, () => '0x1');
    await expect(pool.send('eth_gasPrice', [])).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    expect(server.count('eth_gasPrice')).toBe(2);
  });

  test('that let us wait is not asked again at once', async () => {
    const scripted = new ScriptedPool(1);
    const server = scripted.server(0);
    server.next('eth_gasPrice', () => {
      scripted.nowMs += 15_000;
      return broken();
    });
    await expect(scripted.pool.send('eth_gasPrice', [])).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    expect(server.count('eth_gasPrice')).toBe(1);
  });

  test('that refuses is believed', async () => {
    const { pool, server } = one();
    server.next('eth_getLogs', () => refusalAnswer('query returned more than 10000 results', -32_005));
    await expect(pool.send('eth_getLogs', [])).rejects.toMatchObject({
      code: 'RPC_REFUSED',
      details: { refusal: 'query returned more than 10000 results' },
    });
    expect(server.count('eth_getLogs')).toBe(1);
  });

  test('gets no more questions at a time than servers bear', async () => {
    const { pool, server } = one();
    await pool.send('eth_gasPrice', []);
    server.holds = true;
    const calls = Array.from({ length: 20 }, () => pool.send('eth_call', []));
    await turns();
    expect(server.held).toHaveLength(6);
    server.holds = false;
    for (const release of server.held) release();
    await Promise.all(calls);
    expect(server.mostAtOnce).toBe(6);
  });

  test('that asks for a pause gets it, as long as it said, and is not asked meanwhile', async () => {
    const scripted = new ScriptedPool(1);
    scripted.server(0).next('eth_gasPrice', tooOften(4000), () => '0x1');
    expect(await scripted.pool.send('eth_gasPrice', [])).toBe('0x1');
    expect(scripted.waits).toEqual([4001]);
    expect(scripted.server(0).count('eth_gasPrice')).toBe(2);
  });

  test('that asks for a long pause gets it too: calls say so and do not reach it', async () => {
    const scripted = new ScriptedPool(1);
    const server = scripted.server(0);
    server.next('eth_gasPrice', tooOften(60_000));
    for (const method of ['eth_gasPrice', 'eth_call', 'eth_call'])
      await expect(scripted.pool.send(method, [])).rejects.toMatchObject({
        code: 'CHAIN_UNREACHABLE',
        details: { isThrottled: true },
      });
    await expect(scripted.pool.pinned().send('eth_call', [])).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
    });
    expect(server.count('eth_call')).toBe(0);
    scripted.nowMs += 60_000;
    expect(await scripted.pool.send('eth_call', [])).toBe('eth_call of a');
  });

  test('that says in words that it is asked too often is left alone as one that says it by number', async () => {
    const scripted = new ScriptedPool(1);
    scripted
      .server(0)
      .next('eth_call', () => refusalAnswer('daily request count exceeded, rate limited', -32_005));
    expect(await scripted.pool.send('eth_call', [])).toBe('eth_call of a');
    expect(scripted.waits).toHaveLength(1);
  });

  test('that is throttled for many questions at once is left alone once, not for each', async () => {
    const scripted = new ScriptedPool(1, { patienceMs: 0 });
    scripted.server(0).next('eth_call', ...Array.from({ length: 6 }, () => tooOften()));
    await Promise.allSettled(Array.from({ length: 6 }, () => scripted.pool.send('eth_call', [])));
    scripted.nowMs += 1000;
    expect(await scripted.pool.send('eth_call', [])).toBe('eth_call of a');
  });

  test('forgets questions that were called off, under way or waiting', async () => {
    const { pool, server } = one();
    await pool.send('eth_gasPrice', []);
    server.holds = true;
    using scope = abortScope();
    const { signal } = scope;
    const calls = Array.from({ length: 9 }, () => pool.send('eth_call', [], { signal }));
    await turns();
    scope.abort();
    for (const call of calls) await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    server.holds = false;
    expect(await pool.send('eth_call', [])).toBe('eth_call of a');
    expect(server.count('eth_call')).toBe(7);
    expect(pool.status[0]).toMatchObject({ state: 'good', faults: 0 });
  });

  test('leaves no listener on the signal of a question that was answered', async () => {
    const scripted = new ScriptedPool(1);
    scripted.server(0).next('eth_call', tooOften(10), broken);
    const { controller, listeners } = countingSignal();
    const call = () => scripted.pool.send('eth_call', [], { signal: controller.signal });
    await Promise.all(Array.from({ length: 9 }, call));
    expect(listeners()).toBe(0);
  });

  test('of another chain is not asked, and asked again once it serves the right one', async () => {
    const { pool, server } = one();
    server.chainId = 7;
    await expect(pool.send('eth_call', [])).rejects.toMatchObject({
      code: 'WRONG_CHAIN',
      message: expect.stringContaining('Set an RPC address of chain 1.'),
    });
    expect(server.count('eth_call')).toBe(0);
    server.chainId = 1;
    expect(await pool.send('eth_call', [])).toBe('eth_call of a');
  });
});

describe('several servers', () => {
  test('are asked in the order they stand in, and the others only when one fails', async () => {
    const scripted = new ScriptedPool(3);
    expect(await scripted.whoAnswers()).toBe('http://server0');
    scripted.server(0).isDown = true;
    expect(await scripted.whoAnswers()).toBe('http://server1');
    scripted.server(1).isDown = true;
    expect(await scripted.whoAnswers()).toBe('http://server2');
  });

  test('answer within one call when the first is down, throttled, or talks nonsense', async () => {
    const misery = [broken, tooOften(60_000), () => 'gas!'];
    for (const bad of misery) {
      const scripted = new ScriptedPool(2);
      scripted.server(0).next('eth_gasPrice', bad, bad);
      scripted.server(1).next('eth_gasPrice', () => '0x2');
      const check = (answer: unknown) => void parseAnswer(quantity, answer, 'eth_gasPrice');
      expect(await scripted.pool.send('eth_gasPrice', [], { check })).toBe('0x2');
      expect(scripted.waits).toEqual([]);
    }
  });

  test('come back to the preferred one once it did well in two comparisons, and not at once', async () => {
    const scripted = new ScriptedPool(2);
    scripted.server(0).isDown = true;
    expect(await scripted.whoAnswers()).toBe('http://server1');
    scripted.server(0).isDown = false;
    scripted.nowMs += 60_000;
    expect(await scripted.whoAnswers()).toBe('http://server1');
    await scripted.look();
    expect(await scripted.whoAnswers()).toBe('http://server1');
    await scripted.look();
    expect(await scripted.whoAnswers()).toBe('http://server0');
  });

  test('that all fail are all asked, and the answer says so', async () => {
    const scripted = new ScriptedPool(3);
    for (const server of scripted.servers) server.isDown = true;
    await expect(scripted.pool.send('eth_call', [])).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    expect(scripted.servers.map((server) => server.count('eth_chainId'))).toEqual([2, 2, 2]);
  });

  test('that let us wait one after the other are not all waited for', async () => {
    const scripted = new ScriptedPool(4);
    for (const server of scripted.servers) {
      server.next('eth_chainId', () => {
        scripted.nowMs += 15_000;
        return broken();
      });
    }
    await expect(scripted.pool.send('eth_call', [])).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    expect(scripted.servers.map(({ asked }) => asked.length)).toEqual([1, 1, 0, 0]);
  });

  test('do not answer for a revert or a refused range: every server would say so', async () => {
    const scripted = new ScriptedPool(2);
    scripted.server(0).next('eth_call', () => refusalAnswer('execution reverted', 3));
    scripted.server(0).next('eth_getLogs', () => refusalAnswer('block range is too wide', -32_602));
    await expect(scripted.pool.send('eth_call', [])).rejects.toMatchObject({ code: 'REVERTED' });
    await expect(scripted.pool.send('eth_getLogs', [])).rejects.toMatchObject({ code: 'RPC_REFUSED' });
    expect(scripted.server(1).asked).toEqual([]);
  });

  test('answer for one that lacks the block, lacks the method, or wants a key', async () => {
    const words = [
      'header not found',
      'the method eth_call is not supported',
      'missing API key',
      'Internal error',
    ];
    for (const refusal of words) {
      const scripted = new ScriptedPool(2);
      scripted.server(0).next('eth_call', () => refusalAnswer(refusal));
      scripted.server(1).fork = 'b';
      expect(await scripted.pool.send('eth_call', [])).toBe('eth_call of b');
    }
  });

  test('hear a transaction from the preferred one, and from the others when it fails', async () => {
    const scripted = new ScriptedPool(2);
    await scripted.pool.send('eth_sendRawTransaction', ['0x02']);
    expect(scripted.server(1).count('eth_sendRawTransaction')).toBe(0);
    scripted.server(0).isDown = true;
    await scripted.pool.send('eth_sendRawTransaction', ['0x03']);
    expect(scripted.server(1).count('eth_sendRawTransaction')).toBe(1);
  });

  test('leave out one of another chain, with a reason, and take it in again when that was mended', async () => {
    const { logger, lines } = recordingLogger();
    const scripted = new ScriptedPool(2, { logger });
    scripted.server(0).chainId = 5;
    expect(await scripted.whoAnswers()).toBe('http://server1');
    expect(scripted.pool.status[0]).toMatchObject({
      state: 'excluded',
      reason: 'it serves chain 5 and not 1',
    });
    expect(scripted.server(0).count('eth_gasPrice')).toBe(0);
    await scripted.look(3);
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    scripted.server(0).chainId = 1;
    await scripted.look(2);
    expect(await scripted.whoAnswers()).toBe('http://server0');
  });

  test('are asked for their chain again after a fault and after a lost connection: another may answer now', async () => {
    for (const lose of [true, false]) {
      const scripted = new ScriptedPool(2);
      expect(await scripted.whoAnswers()).toBe('http://server0');
      scripted.server(0).chainId = 5;
      if (lose) scripted.lose(0);
      else scripted.server(0).next('eth_gasPrice', broken, broken);
      expect(await scripted.whoAnswers()).toBe('http://server1');
      await scripted.look();
      expect(states(scripted)).toEqual(['excluded', 'good']);
    }
  });

  test('stay with one server for what must fit together', async () => {
    const scripted = new ScriptedPool(2);
    const pinned = scripted.pool.pinned();
    expect(pinned.server).toBe('http://server0');
    scripted.server(0).isDown = true;
    await expect(pinned.send('eth_getLogs', [])).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    expect(scripted.server(1).asked).toEqual([]);
    expect(scripted.pool.pinned().server).toBe('http://server1');
  });

  test('are left alone for a while when what they answered turns out to be wrong later', async () => {
    const scripted = new ScriptedPool(2);
    scripted.pool.pinned().fault('it left out logs');
    expect(states(scripted)).toEqual(['resting', 'good']);
    expect(scripted.pool.pinned().server).toBe('http://server1');
  });

  test('do not make a rule of one that answers with nonsense: a hostile contract’s value is no fault of theirs', async () => {
    const scripted = new ScriptedPool(2);
    const answer = await scripted.pool.send('eth_call', [], { check: () => {} });
    expect(() => parseAnswer(quantity, answer, 'a value')).toThrow(MarketError);
    expect(states(scripted)).toEqual(['good', 'good']);
  });
});

describe('comparing servers', () => {
  test('one that lags is not asked while another is up to date, and is again when it caught up', async () => {
    const scripted = new ScriptedPool(2);
    scripted.server(0).head = 80;
    await scripted.look();
    expect(scripted.pool.status[0]).toMatchObject({
      state: 'lagging',
      lagBlocks: 20,
      reason: 'it is 20 blocks behind the others',
    });
    expect(await scripted.whoAnswers()).toBe('http://server1');
    scripted.server(0).head = 100;
    await scripted.look(2);
    expect(await scripted.whoAnswers()).toBe('http://server0');
  });

  test('a block or two behind is nothing', async () => {
    const scripted = new ScriptedPool(2);
    scripted.server(0).head = 98;
    await scripted.look();
    expect(scripted.pool.status[0]).toMatchObject({ state: 'good', lagBlocks: 2, head: 98 });
  });

  test('one that lags is still better than one that is down', async () => {
    const scripted = new ScriptedPool(2);
    scripted.server(1).head = 50;
    scripted.server(0).isDown = true;
    await scripted.look();
    expect(await scripted.whoAnswers()).toBe('http://server1');
  });

  test('one that announces a block which it does not have is not trusted', async () => {
    const { logger, lines } = recordingLogger();
    const scripted = new ScriptedPool(2, { logger });
    Object.assign(scripted.server(0), { head: 5000, lastBlock: 100 });
    await scripted.look(2);
    expect(states(scripted)).toEqual(['distrusted', 'good']);
    expect(scripted.pool.status[1]).toMatchObject({ lagBlocks: 0 });
    expect(await scripted.whoAnswers()).toBe('http://server1');
    expect(lines.filter(({ message }) => message === 'A server is not trusted')).toHaveLength(1);
  });

  test('one far ahead of a server whose blocks are not in its chain is not trusted', async () => {
    const scripted = new ScriptedPool(2);
    Object.assign(scripted.server(0), { head: 5000, fork: 'lie' });
    await scripted.look();
    expect(states(scripted)).toEqual(['distrusted', 'good']);
  });

  test('one far ahead of a server whose blocks it has is right, and the other one lags', async () => {
    const scripted = new ScriptedPool(2);
    scripted.server(0).head = 5000;
    await scripted.look();
    expect(states(scripted)).toEqual(['good', 'lagging']);
  });

  test('one far ahead of several that agree is not trusted, and comes back when it agrees again', async () => {
    const scripted = new ScriptedPool(3);
    scripted.server(0).head = 5000;
    await scripted.look();
    expect(states(scripted)).toEqual(['distrusted', 'good', 'good']);
    scripted.server(0).head = 101;
    await scripted.look(2);
    expect(await scripted.whoAnswers()).toBe('http://server0');
  });

  test('one that asked for a pause is not troubled', async () => {
    const scripted = new ScriptedPool(2);
    scripted.server(0).next('eth_chainId', tooOften(60_000));
    await scripted.look();
    const asked = scripted.server(0).asked.length;
    await scripted.look();
    expect(scripted.server(0).asked).toHaveLength(asked);
  });

  test('goes on by itself until the pool is closed, and tells what changed', async () => {
    const told: (readonly ServerStatus[])[] = [];
    let wake = () => {};
    const sleep = (_ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        wake = resolve;
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    const scripted = new ScriptedPool(2, { sleep });
    scripted.pool.changes.subscribe((status) => told.push(status));
    scripted.pool.start();
    await turns();
    scripted.server(0).head = 10;
    wake();
    await turns();
    expect(told.at(-1)?.map(({ state, isInUse }) => [state, isInUse])).toEqual([
      ['lagging', false],
      ['good', true],
    ]);
    const count = scripted.server(1).asked.length;
    scripted.pool.close();
    wake();
    await turns();
    expect(scripted.server(1).asked).toHaveLength(count);
    expect(scripted.servers.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  });
});

describe('what servers announce', () => {
  test('is passed on as a hint, but not from one of another chain', async () => {
    const scripted = new ScriptedPool(2);
    scripted.server(1).chainId = 5;
    let hints = 0;
    const unsubscribe = scripted.pool.onHead(() => hints++);
    await scripted.look();
    scripted.server(0).announce();
    scripted.server(1).announce();
    expect(hints).toBe(1);
    unsubscribe();
    scripted.server(0).announce();
    expect(hints).toBe(1);
  });
});

function one() {
  const scripted = new ScriptedPool(1);
  return { pool: scripted.pool, server: scripted.server(0) };
}

async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
}
