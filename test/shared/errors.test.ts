import { describe, expect, it } from 'vitest';
import { errorText, errorTexts } from '../../src/shared/errors.ts';

describe('Error texts', () => {
  it.each(Object.entries(errorTexts))('says in whole sentences what %s means', (_code, text) => {
    expect(text).toMatch(/^[A-Z].*\.$/s);
  });

  it('gives the text of a known code', () => {
    expect(errorText({ code: 'DISK_FULL', message: 'ENOSPC' })).toBe(errorTexts.DISK_FULL);
  });

  it('gives the message of any other, also of one that every object has', () => {
    expect(errorText({ code: 'NEVER_HEARD', message: 'Its own words.' })).toBe('Its own words.');
    expect(errorText({ code: 'toString', message: 'Its own words.' })).toBe('Its own words.');
  });
});
