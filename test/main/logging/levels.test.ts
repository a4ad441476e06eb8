import { describe, expect, test } from 'vitest';
import { isAtLeast, parseLevelFilter, thresholdOf } from '../../../src/main/logging/levels.ts';

describe('the level filter', () => {
  test('one level holds for all topics', () => {
    expect(thresholdOf(parseLevelFilter('warn'), ['sales'])).toBe('warn');
  });

  test('topics may have levels of their own, in any case and spacing', () => {
    const filter = parseLevelFilter(' Info ; DEBUG: sales, Market ;ERROR:network');
    expect(thresholdOf(filter, ['sales'])).toBe('debug');
    expect(thresholdOf(filter, ['market'])).toBe('debug');
    expect(thresholdOf(filter, ['network'])).toBe('error');
    expect(thresholdOf(filter, ['slots'])).toBe('info');
    expect(thresholdOf(filter, [])).toBe('info');
  });

  test('the innermost topic with a level decides', () => {
    const filter = parseLevelFilter('info;debug:sales;warn:slotqueue');
    expect(thresholdOf(filter, ['sales', 'slotqueue'])).toBe('warn');
    expect(thresholdOf(filter, ['sales', 'agent'])).toBe('debug');
  });

  test('levels are ordered from trace to fatal', () => {
    expect(isAtLeast('notice', 'info')).toBe(true);
    expect(isAtLeast('notice', 'warn')).toBe(false);
    expect(isAtLeast('fatal', 'fatal')).toBe(true);
  });

  test.each(['loud', '', 'info;loud:sales', 'info;loud', ';debug:sales', 'INF'])(
    '"%s" is refused with a way out',
    (text) => {
      expect(() => parseLevelFilter(text)).toThrow(/is no log level\. The levels are trace, debug, info/);
    },
  );
});
