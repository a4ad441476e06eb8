import { CID } from 'multiformats/cid';
import { expect, describe, test } from 'vitest';
import { EngineError } from '../../../src/main/engine/errors.ts';
import { Secret } from '../../../src/main/engine/lib/secret.ts';
import { builtinFormats } from '../../../src/main/logging/builtin-formats.ts';
import { Formats } from '../../../src/main/logging/formats.ts';
import { registerFormat } from '../../../src/main/logging/logging.ts';
import { optionOf } from '../../../src/main/logging/option.ts';
import { renderJson, renderText } from '../../../src/main/logging/render.ts';
import { shortHexLog, shortLog } from '../../../src/main/logging/short.ts';

class Part {
  constructor(readonly name: string) {}
  toString() {
    return `Part<${this.name}>`;
  }
}
class Reference {
  readonly inner = 5n;
}
class SubPart extends Part {}

const formats = new Formats(builtinFormats);
formats.register(Part, (part) => `formatted_${part.name}`);
formats.register(Reference, { text: (reference) => `ref:${reference.inner}` });

const text = (value: unknown) => renderText(value, formats);
const json = (value: unknown) => renderJson(value, formats);

const id = `0x1234${'0'.repeat(56)}abcd`;
const address = `0x9f41${'0'.repeat(32)}c27e`;
const cid = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy');

describe('a type with a format', () => {
  test('is given by it in text and in JSON when no sink is named', () => {
    expect(text(new Part('a'))).toBe('formatted_a');
    expect(json(new Part('a'))).toBe('formatted_a');
  });

  test('is given by it also in lists', () => {
    expect(text([new Part('a'), new Part('b')])).toBe('@[formatted_a, formatted_b]');
    expect(json([new Part('a'), new Part('b')])).toEqual(['formatted_a', 'formatted_b']);
  });

  test('keeps its own toString', () => {
    expect(`${text(new Part('a'))} ${String(new Part('a'))}`).toBe('formatted_a Part<a>');
  });

  test('is given as data in JSON when the format is for text only', () => {
    expect(text([new Reference()])).toBe('@[ref:5]');
    expect(json([new Reference()])).toEqual([{ inner: '5' }]);
  });

  test('may be given as a number, which stays a number in JSON, or as an object', () => {
    const own = new Formats();
    own.register(Part, (part) => part.name.length);
    expect([renderText(new Part('abc'), own), renderJson(new Part('abc'), own)]).toEqual(['3', 3]);
    own.register(Part, { text: () => 'short', json: (part) => ({ name: part.name, id }) });
    expect([renderText(new Part('abc'), own), renderJson(new Part('abc'), own)]).toEqual([
      'short',
      { name: 'abc', id },
    ]);
  });

  test('covers its subclasses, unless they have a nearer one', () => {
    const own = new Formats(formats);
    expect(renderText(new SubPart('a'), own)).toBe('formatted_a');
    own.register(SubPart, () => 'nearer');
    expect(renderText(new SubPart('a'), own)).toBe('nearer');
  });

  test('may be a branded text, told apart by a test of the value', () => {
    const own = new Formats(builtinFormats);
    const isNonce = (value: unknown): value is string =>
      typeof value === 'string' && value.startsWith('nonce:');
    own.register({ is: isNonce }, { text: () => 'nonce', json: (value) => `${value}!` });
    expect(renderText(['nonce:1', 'other'], own)).toBe('@[nonce, other]');
    expect(renderJson(['nonce:1', 'other'], own)).toEqual(['nonce:1!', 'other']);
  });

  test('goes back to its default when the format is taken back', () => {
    const takeBack = registerFormat(Part, () => 'global');
    expect(renderText(new Part('a'), builtinFormats)).toBe('global');
    takeBack();
    expect(renderText(new Part('a'), builtinFormats)).toBe('Part<a>');
  });

  test('does not lose its neighbours when the format throws', () => {
    const own = new Formats();
    own.register(Part, () => {
      throw new Error('broken');
    });
    expect(renderText({ a: new Part('x'), b: 1 }, own)).toBe('{a: [format failed: broken], b: 1}');
    expect(renderJson({ a: new Part('x'), b: 1 }, own)).toEqual({ a: '[format failed: broken]', b: 1 });
  });

  test('does not end in a circle when the format gives the value itself or another of its type', () => {
    const own = new Formats();
    own.register(Reference, (reference) => reference);
    expect(renderJson(new Reference(), own)).toEqual({ inner: '5' });
    own.register(Part, (part) => new Part(`${part.name}x`));
    expect(renderText(new Part('a'), own)).toBe('[…]');
  });
});

describe('options and results', () => {
  test('an option with a value says some in text, and is bare in JSON', () => {
    expect(text(optionOf(Part, new Part('a')))).toBe('some(formatted_a)');
    expect(json(optionOf(Part, new Part('a')))).toBe('formatted_a');
  });

  test('an option without one names its type in text, and is null in JSON', () => {
    const options = [optionOf(Part, new Part('a')), optionOf(Part, undefined), optionOf('SlotId', null)];
    expect(text(options)).toBe('@[some(formatted_a), none(Part), none(SlotId)]');
    expect(json(options)).toEqual(['formatted_a', null, null]);
  });

  test('an absent value is none and null', () => {
    expect([text(undefined), text(null), json(undefined), json(null)]).toEqual(['none', 'none', null, null]);
  });

  test('a result that is well is its value', () => {
    expect(text({ ok: true, value: 'hi' })).toBe('hi');
    expect(json({ ok: true, value: 'hi' })).toBe('hi');
    expect(text({ ok: true, value: new Part('a') })).toBe('formatted_a');
    expect(json({ ok: true, value: 42 })).toBe(42);
  });

  test('a result that failed says so', () => {
    expect(text({ ok: false, error: new Error('no disk') })).toBe('Error: no disk');
    expect(json({ ok: false, error: new Error('no disk') })).toEqual({ error: 'no disk' });
  });

  test('an object with more beside ok is no result', () => {
    expect(text({ ok: true, value: 1, more: 2 })).toBe('{ok: true, value: 1, more: 2}');
  });
});

describe('values of the field', () => {
  test('ids and addresses are short in text and whole in JSON', () => {
    expect([text(id), json(id)]).toEqual(['0x1234..abcd', id]);
    expect([text(address), json(address)]).toEqual(['0x9f41..c27e', address]);
    expect([text([id, address]), json([id, address])]).toEqual([
      '@[0x1234..abcd, 0x9f41..c27e]',
      [id, address],
    ]);
    expect(text({ requestId: id })).toBe('{requestId: 0x1234..abcd}');
  });

  test('CIDs are short in text and whole in JSON, as objects and as text', () => {
    expect([text(cid), json(cid)]).toEqual(['baf*4s52zy', cid.toString()]);
    expect([text(cid.toString()), json([cid])]).toEqual(['baf*4s52zy', [cid.toString()]]);
  });

  test('the address of a block is its tree and its place, the tree short in text', () => {
    expect(text({ treeCid: cid, index: 0 })).toBe('{treeCid: baf*4s52zy, index: 0}');
    expect(json({ treeCid: cid, index: 0 })).toEqual({ treeCid: cid.toString(), index: 0 });
  });

  test('texts that are no ids are whole in both, also in lists', () => {
    const multiaddress = '/ip4/127.0.0.1/tcp/8070/p2p-circuit';
    expect([text(multiaddress), json(multiaddress)]).toEqual([multiaddress, multiaddress]);
    expect([text([multiaddress, 'b']), json([multiaddress, 'b'])]).toEqual([
      `@[${multiaddress}, b]`,
      [multiaddress, 'b'],
    ]);
  });

  test('amounts are decimal text in both', () => {
    expect([text(2n ** 255n), json(2n ** 255n)]).toEqual([(2n ** 255n).toString(), (2n ** 255n).toString()]);
  });

  test('numbers stay numbers; those JSON does not know are named', () => {
    expect([text(123), json(123)]).toEqual(['123', 123]);
    expect(json([NaN, Infinity, -Infinity])).toEqual(['nan', 'inf', '-inf']);
  });

  test('bytes are hex, short in text', () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, index) => index);
    expect([text(bytes.subarray(0, 3)), json(bytes.subarray(0, 3))]).toEqual(['0x000102', '0x000102']);
    expect(text(bytes)).toBe('0x0001..1e1f (32 bytes)');
    expect(json(bytes)).toBe(`0x${Buffer.from(bytes).toString('hex')}`);
    expect(String(json(new Uint8Array(65_536))).length).toBeLessThan(600);
  });

  test('maps, sets and dates', () => {
    const map = new Map<unknown, unknown>([
      [id, 1n],
      [new Part('k'), [2]],
    ]);
    expect(text(map)).toBe('{0x1234..abcd: 1, formatted_k: @[2]}');
    expect(json(new Map([['a', 1n]]))).toEqual({ a: '1' });
    expect([text(new Set([1, 2])), json(new Set([1, 2]))]).toEqual(['@[1, 2]', [1, 2]]);
    expect(text(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
    expect(json(new Date(NaN))).toBe('invalid date');
  });

  test('an error tells its message and those of its causes', () => {
    const error = new Error('fetch failed', { cause: new TypeError('socket closed') });
    expect(text(error)).toBe('fetch failed: socket closed');
    expect(json(error)).toMatchObject({
      name: 'Error',
      message: 'fetch failed',
      cause: { name: 'TypeError', message: 'socket closed' },
      stack: expect.arrayContaining([expect.stringMatching(/^at /)]) as unknown,
    });
  });

  test('an error of ours tells its code and facts', () => {
    const error = new EngineError('BYTES_OUT_OF_BOUNDS', { free: 5n, id }, { cause: new Error('why') });
    expect(text(error)).toBe('BYTES_OUT_OF_BOUNDS {free: 5, id: 0x1234..abcd}: why');
    expect(json(error)).toMatchObject({ code: 'BYTES_OUT_OF_BOUNDS', details: { free: '5', id } });
    expect(json(error)).not.toHaveProperty('stack');
  });

  test('a cycle is said where it closes', () => {
    const cycle: { name: string; self?: unknown; list: unknown[] } = { name: 'a', list: [] };
    cycle.self = cycle;
    cycle.list.push(cycle);
    expect(text(cycle)).toBe('{name: a, list: @[[circular]], self: [circular]}');
    expect(json(cycle)).toEqual({ name: 'a', list: ['[circular]'], self: '[circular]' });
    const error = new Error('loop');
    error.cause = error;
    expect(text(error)).toBe('loop: [circular]');
    const map = new Map();
    map.set(map, 1);
    expect(text(map)).toBe('{[circular]: 1}');
  });

  test('a secret is redacted, wherever it stands', () => {
    const secret = new Secret('correct horse battery staple');
    expect(text([secret, { secret }])).toBe('@[[redacted], {secret: [redacted]}]');
    expect(json(new Map([['key', secret]]))).toEqual({ key: '[redacted]' });
    expect(text(secret.reveal())).toBe('[redacted]');
    expect(json({ [secret.reveal()]: `and ${secret.reveal()}!` })).toEqual({
      '[redacted]': 'and [redacted]!',
    });
  });

  test('what is too much is cut and says so', () => {
    const many = Array.from({ length: 5000 }, (_, index) => index);
    expect(text(many)).toMatch(/^@\[0, 1, .*, 19, … 4980 more\]$/);
    expect((json(many) as unknown[]).at(-1)).toBe('… 4000 more');
    expect(text('x'.repeat(5000))).toHaveLength(400 + '… (5000 characters)'.length);
    let deep: unknown = 1;
    for (let level = 0; level < 50; level++) deep = [deep];
    expect(JSON.stringify(json(deep))).toContain('[…]');
  });

  test('a secret that would be cut in half is not in what is left', () => {
    const secret = new Secret('a1b2c3d4e5f6a7b8c9d0');
    expect(text(`${'x'.repeat(390)}${secret.reveal()}${'y'.repeat(100)}`)).not.toContain('a1b2c3');
  });

  test('whatever can be thrown by a value, is not thrown on', () => {
    const hostile = {
      get broken(): never {
        throw new Error('getter');
      },
    };
    const toJsonThrows = {
      toJSON() {
        throw new Error('toJSON');
      },
    };
    expect(text([hostile])).toContain('[format failed: getter]');
    expect(json({ toJsonThrows, fine: 1 })).toEqual({ toJsonThrows: '[format failed: toJSON]', fine: 1 });
    expect(text(Object.create(null))).toBe('{}');
  });
});

describe('short forms', () => {
  test('a text is shortened only when it gets shorter', () => {
    expect(shortLog('zb2rhheVmk3bLks5MgzTqyznLu1zqGH5jrfTA1eAZrfndjU1')).toBe('zb2*fndjU1');
    expect(shortLog('0123456789')).toBe('0123456789');
    expect(shortLog('01234567890')).toBe('012*567890');
  });

  test('hex keeps its 0x when it has one, and all digits when not', () => {
    expect(shortHexLog(`0x${'12345678'.repeat(8)}`)).toBe('0x1234..5678');
    expect(shortHexLog('12345678'.repeat(8))).toBe('1234..5678');
    expect(shortHexLog('0x12')).toBe('0x12');
  });
});
