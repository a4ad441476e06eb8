import { describe, expect, test } from 'vitest';
import { Emitter } from '../../../../src/main/engine/lib/emitter.ts';

describe('Emitter', () => {
  test('calls all who subscribed, in order, until they unsubscribe', () => {
    const emitter = new Emitter<number>();
    const log: string[] = [];
    const unsubscribe = emitter.subscribe((value) => log.push(`a${value}`));
    emitter.subscribe((value) => log.push(`b${value}`));
    emitter.emit(1);
    unsubscribe();
    unsubscribe();
    emitter.emit(2);
    expect(log).toEqual(['a1', 'b1', 'b2']);
    expect(emitter.size).toBe(1);
  });

  test('the same function may subscribe twice, and unsubscribes once for each', () => {
    const emitter = new Emitter<void>();
    let calls = 0;
    const listener = () => void calls++;
    const first = emitter.subscribe(listener);
    emitter.subscribe(listener);
    emitter.emit();
    first();
    emitter.emit();
    expect(calls).toBe(3);
  });

  test('calls nobody who was unsubscribed by an earlier listener, nor one who subscribed just now', () => {
    const emitter = new Emitter<void>();
    const log: string[] = [];
    emitter.subscribe(() => {
      log.push('first');
      unsubscribe();
      emitter.subscribe(() => log.push('new'));
    });
    const unsubscribe = emitter.subscribe(() => log.push('second'));
    emitter.emit();
    expect(log).toEqual(['first']);
  });

  test('a listener that throws is reported and stops no other', () => {
    const errors: unknown[] = [];
    const emitter = new Emitter<void>((error) => errors.push(error));
    const error = new Error('no');
    let calls = 0;
    emitter.subscribe(() => {
      throw error;
    });
    emitter.subscribe(() => void calls++);
    emitter.emit();
    expect([calls, errors]).toEqual([1, [error]]);
  });
});
