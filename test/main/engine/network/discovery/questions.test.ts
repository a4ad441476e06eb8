import { describe, expect, it } from 'vitest';
import { nodeIdOf } from '../../../../../src/main/engine/network/discovery/nodeid.ts';
import { Questions } from '../../../../../src/main/engine/network/discovery/questions.ts';
import { aContactAt } from '../../../../support/dhtfixtures.ts';
import { ManualTimers } from '../../../../support/manualtimers.ts';

function someQuestions() {
  const timers = new ManualTimers();
  const sent: Uint8Array[] = [];
  const wire = { send: (_to: unknown, message: Uint8Array) => void sent.push(message) };
  return { timers, sent, questions: new Questions({ wire, timers }) };
}

const contact = aContactAt(nodeIdOf(Buffer.from('node')));
const ping = { kind: 'ping', seq: 1n } as const;

describe('Questions', () => {
  it('have no answer after a second', async () => {
    const { timers, questions } = someQuestions();
    const asking = questions.ask(contact, ping);
    timers.advance(1_000);
    expect(await asking).toBeUndefined();
  });

  it('that wait when it stops are given up, and none is sent or waited for afterwards', async () => {
    const { timers, sent, questions } = someQuestions();
    const asking = questions.ask(contact, ping);
    questions.stop();
    expect(await asking).toEqual({ kind: 'notAsked' });
    expect(await questions.ask(contact, ping)).toEqual({ kind: 'notAsked' });
    expect(sent).toHaveLength(1);
    expect([timers.waiting, questions.size]).toEqual([0, 0]);
  });

  it('beyond 256 at a time are not sent, which is not taken for silence', async () => {
    const { timers, sent, questions } = someQuestions();
    const asking = Array.from({ length: 257 }, () => questions.ask(contact, ping));
    expect(await asking[256]).toEqual({ kind: 'notAsked' });
    expect(sent).toHaveLength(256);
    timers.advance(1_000);
    expect(await asking[0]).toBeUndefined();
  });
});
