import { describe, expect, it } from 'vitest';
import { findService, textIn } from '../../../../../src/main/engine/network/portmapping/upnpxml.ts';

const SIZE = 64 * 1024;
const filled = (part: string) => part.repeat(Math.ceil(SIZE / part.length)).slice(0, SIZE);

describe('a description made to take long', () => {
  it.each([
    '<service>',
    '<service><serviceType>',
    '<controlURL ',
    '<a:',
    '<',
    '<a:controlURL x',
    '>',
    ' ',
    '<controlURL>x',
  ])('does not: %j again and again', (part) => {
    const startedMs = performance.now();
    findService(filled(part), new URL('http://192.168.0.1/'));
    findService(`<service>${filled(part).slice(0, 2_000)}</service>`, new URL('http://192.168.0.1/'));
    textIn(filled(part), 'errorCode');
    // On a quiet machine it takes some 10 ms; a search that goes wrong takes minutes.
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});
