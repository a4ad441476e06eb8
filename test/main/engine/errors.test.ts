import { describe, expect, it } from 'vitest';
import { describeError } from '../../../src/main/engine/errors.ts';

describe('describeError', () => {
  it('gives the messages of an error and of its causes, outermost first', () => {
    const error = new Error('The slot was not stored', { cause: new Error('disk', { cause: 'ENOSPC' }) });
    expect(describeError(error)).toBe('The slot was not stored: disk: ENOSPC');
  });

  it('shows what was thrown though it is no error', () => {
    expect(describeError({ code: -32000, data: { reason: 'busy' } })).toBe(
      "{ code: -32000, data: { reason: 'busy' } }",
    );
    expect(describeError(null)).toBe('null');
  });

  it('ends where causes go round', () => {
    const error = new Error('a');
    error.cause = error;
    expect(describeError(error)).toBe('a: a: a: a: a');
  });
});
