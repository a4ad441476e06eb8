import { EventFragment, Interface } from 'ethers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainValue } from '../../../../src/main/engine/market/contract.ts';
import { wordReader } from '../../../../src/main/engine/market/event-words.ts';

const texts = [
  'event Plain(bytes32 id, uint64 index)',
  'event Mixed(uint8 small, bytes32 indexed id, uint256 indexed large, uint40 time)',
  'event Nested(bytes32 indexed id, tuple(uint96 a, tuple(uint64 b, bytes32 c) inner, uint128 d) outer, uint64 last)',
  'event Nothing()',
];

describe('wordReader', () => {
  it('reads what ethers reads', () => {
    const amount = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(amount, { minLength: 8, maxLength: 8 }),
        (text, seeds) => {
          const event = EventFragment.from(text);
          const contract = new Interface([event]);
          const pool = [...seeds];
          const { topics, data } = contract.encodeEventLog(
            event,
            event.inputs.map((input) => valueOf(input, pool)),
          );
          const expected = contract.decodeEventLog(event, data, topics);
          expect(wordReader(event)?.(topics, data)).toEqual(
            Object.fromEntries(event.inputs.map((input, i) => [input.name, plainValue(input, expected[i])])),
          );
        },
      ),
    );
  });

  it('takes capital letters', () => {
    const event = EventFragment.from('event One(bytes32 indexed id, bytes32 other)');
    const { topics, data } = new Interface([event]).encodeEventLog(event, [
      `0x${'ab'.repeat(32)}`,
      `0x${'cd'.repeat(32)}`,
    ]);
    const capital = (text: string) => `0x${text.slice(2).toUpperCase()}`;
    expect(wordReader(event)?.(topics.map(capital), capital(data))).toEqual({
      id: `0x${'ab'.repeat(32)}`,
      other: `0x${'cd'.repeat(32)}`,
    });
  });

  it('refuses what is too short, too large for its type, or of another form', () => {
    const event = EventFragment.from('event One(bytes32 indexed id, uint64 a, uint64 b)');
    const { topics, data } = new Interface([event]).encodeEventLog(event, [`0x${'ab'.repeat(32)}`, 1n, 2n]);
    const read = wordReader(event);
    const tooLarge = `0x${'0'.repeat(47)}1${data.slice(50)}`;
    const hostile: [string[], string][] = [
      [topics, data.slice(0, -2)],
      [topics, '0x'],
      [topics, tooLarge],
      [topics.slice(0, 1), data],
      [[...topics, `0x${'00'.repeat(32)}`], data],
      [[topics[0] ?? '', '0x12'], data],
      [[`0x${'00'.repeat(32)}`, topics[1] ?? ''], data],
    ];
    expect(read?.(topics, data)).toMatchObject({ a: 1n, b: 2n });
    for (const [otherTopics, otherData] of hostile) {
      expect(() => read?.(otherTopics, otherData)).toThrow(RangeError);
    }
  });

  it('leaves other events to others', () => {
    for (const text of [
      'event Text(string text)',
      'event List(uint256[] list)',
      'event Signed(int64 value)',
      'event Indexed(tuple(uint64 a, uint64 b) indexed pair)',
    ]) {
      expect(wordReader(EventFragment.from(text))).toBeUndefined();
    }
  });
});

function valueOf(input: EventFragment['inputs'][number], pool: bigint[]): unknown {
  if (input.components) return input.components.map((component) => valueOf(component, pool));
  const seed = pool.pop() ?? 0n;
  if (input.type === 'bytes32') return `0x${seed.toString(16).padStart(64, '0')}`;
  return BigInt.asUintN(Number(input.type.slice(4)), seed);
}
