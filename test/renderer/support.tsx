import { act, cleanup, render } from '@testing-library/react';
import axe from 'axe-core';
import { afterEach, expect } from 'vitest';
import type { LogLine } from '../../src/shared/api.ts';
import type { LiveSnapshot } from '../../src/shared/live.ts';
import { App } from '../../src/renderer/src/App.tsx';
import { fixtureSnapshot } from '../../src/renderer/src/dev/fixture.ts';
import { FixtureNode } from '../../src/renderer/src/dev/fixturenode.ts';

afterEach(() => {
  cleanup();
  location.hash = '';
});

interface Shown {
  readonly at?: string;
  readonly snapshot?: LiveSnapshot;
  readonly logs?: readonly LogLine[];
  /** Changes the node before the window opens. */
  readonly prepare?: (node: FixtureNode) => void;
}

/** The whole window over invented rows, at a place, with everything settled. */
export async function showWindow({
  at = '#/home',
  snapshot = fixtureSnapshot(),
  logs = [],
  prepare,
}: Shown = {}) {
  const node = new FixtureNode(snapshot, logs);
  prepare?.(node);
  location.hash = at;
  render(<App connection={node.connection} />);
  await settled();
  return node;
}

/** Lets what the window asked of the node be answered and drawn. */
export async function settled(): Promise<void> {
  await act(async () => {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  });
}

/** happy-dom lays nothing out, so that colours and sizes are looked at in a real browser instead. */
export async function expectAccessible(): Promise<void> {
  const { violations } = await axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'],
    rules: {
      'color-contrast': { enabled: false },
      'document-title': { enabled: false },
      'html-has-lang': { enabled: false },
    },
  });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
}
