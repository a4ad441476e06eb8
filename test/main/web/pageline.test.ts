import { describe, expect, it } from 'vitest';
import { PageLine, type PageSocket } from '../../../src/main/web/pageline.ts';

/** A page's line of which the test says how much it carried: 1000 bytes of events may wait, 5000 of answers. */
function aLine() {
  const waiting: { bytes: number; sent: () => void }[] = [];
  const ends: string[] = [];
  const cutOffs: { eventBytes: number; answerBytes: number }[] = [];
  const socket: { -readonly [K in keyof PageSocket]: PageSocket[K] } = {
    OPEN: 1,
    readyState: 1,
    send: (data, _, sent) => void waiting.push({ bytes: data.byteLength, sent }),
    close: (code) => {
      socket.readyState = 2;
      ends.push(`closed ${code}`);
    },
    terminate: () => {
      socket.readyState = 3;
      ends.push('terminated');
    },
  };
  const line = new PageLine(socket, {
    maxEventBytes: 1000,
    maxAnswerBytes: 5000,
    onCutOff: (behind) => cutOffs.push(behind),
  });
  return {
    ends,
    cutOffs,
    answer: (bytes: number) => line.answer(new Uint8Array(bytes)),
    tell: (bytes: number, times = 1) => {
      for (let i = 0; i < times; i++) line.tell(new Uint8Array(bytes));
    },
    /** So many messages, the oldest first, are handed over. */
    carry: (messages: number) => {
      for (const { sent } of waiting.splice(0, messages)) sent();
    },
    waitingBytes: () => waiting.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

describe('PageLine', () => {
  it('cuts off a page that does not read, once more than it may be behind by waits', () => {
    const { tell, ends, waitingBytes } = aLine();
    tell(100, 11);
    expect(ends).toEqual([]);
    tell(100, 5);
    expect(ends).toEqual(['terminated']);
    expect(waitingBytes()).toBe(1100);
  });

  it('lets as much wait behind an answer as the answer is large, until that is made up for', () => {
    const { answer, tell, carry, ends } = aLine();
    answer(4000);
    tell(500, 9);
    carry(1);
    // All nine are handed over at once, and others come meanwhile.
    tell(500, 1);
    carry(2);
    tell(500, 2);
    expect(ends).toEqual([]);
    carry(9);
    tell(500, 4);
    expect(ends).toEqual(['terminated']);
  });

  it('drops events beyond that, and cuts off only after the answers', () => {
    const { answer, tell, carry, ends, cutOffs, waitingBytes } = aLine();
    answer(2000);
    tell(500, 100);
    answer(300);
    expect(ends).toEqual([]);
    expect(waitingBytes()).toBe(2000 + 3500 + 300);
    carry(1);
    tell(1);
    expect(ends).toEqual([]);
    carry(8);
    expect(ends).toEqual(['closed 1013']);
    expect(cutOffs).toEqual([{ eventBytes: 0, answerBytes: 0 }]);
    tell(1);
    answer(1);
    expect(waitingBytes()).toBe(0);
  });

  it('cuts off a page that asks and asks, and reads nothing', () => {
    const { answer, ends, waitingBytes } = aLine();
    answer(9000);
    expect(ends).toEqual([]);
    answer(1);
    expect(ends).toEqual(['terminated']);
    expect(waitingBytes()).toBe(9000);
  });
});
