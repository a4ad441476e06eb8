import { describe, expect, it } from 'vitest';
import { logInAgain } from '../../../src/renderer/src/api/login.ts';

describe('A page whose session has ended', () => {
  it.each([
    ['goes where one logs in', async () => ({ type: 'opaqueredirect' }), 1],
    ['stays when the node takes it as it is', async () => ({ type: 'basic' }), 0],
    ['stays when the node does not answer', () => Promise.reject(new TypeError('Failed to fetch')), 0],
  ])('%s', async (_, fetch, reloads) => {
    let count = 0;
    await logInAgain({ location: { reload: () => (count += 1) }, fetch });
    expect(count).toBe(reloads);
  });
});
