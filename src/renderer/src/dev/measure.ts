import type { FixtureNode } from './fixturenode.ts';
import { changeOne, startChanges } from './manysales.ts';

/** What `bench/window.bench.ts` measures in the page itself. Every time is in milliseconds. */
export function measuresOf(node: FixtureNode) {
  let stop = () => {};
  const measures = {
    startChanges: (aSecond: number) => void (stop = startChanges(node, aSecond)),
    stopChanges: () => stop(),

    /** From one frame to the next, for so many seconds, while the table is scrolled and rows change. */
    async frames({ scroll, changes, seconds }: { scroll: boolean; changes: number; seconds: number }) {
      const body = document.querySelector('[role=table] [tabindex]');
      if (changes > 0) measures.startChanges(changes);
      const times: number[] = [];
      let last = await frame();
      const end = last + seconds * 1000;
      while (last < end) {
        if (scroll && body) body.scrollTop = (body.scrollTop + 60) % (body.scrollHeight - body.clientHeight);
        const now = await frame();
        times.push(now - last);
        last = now;
      }
      measures.stopChanges();
      return times.slice(5);
    },

    /** From a click on a filter until the frame with what it chose is drawn. */
    filter: (round: number) =>
      untilDrawn(() => {
        const filters = [...document.querySelectorAll<HTMLButtonElement>('fieldset button')];
        filters[(round + 1) % filters.length]?.click();
      }),

    /** From a letter in the search until the frame with the rows it leaves. */
    search: (round: number) =>
      untilDrawn(() => {
        const field = document.querySelector<HTMLInputElement>('input[type=search]');
        if (!field) throw new Error('The page has no search');
        const text = ['0', '01', '00f', ''][round % 4] ?? '';
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, text);
        field.dispatchEvent(new Event('input', { bubbles: true }));
      }),

    /** From the change of a row in sight until the frame that shows it. */
    async changedRow() {
      const body = document.querySelector('[role=table] [tabindex]');
      if (body) body.scrollTop = 0;
      await frame();
      await frame();
      const id = decodeURIComponent(
        document.querySelector('[role=table] a')?.getAttribute('href') ?? '',
      ).slice(8);
      const begin = performance.now();
      const word = changeOne(node, id);
      while (!document.querySelector('[role=table]')?.textContent.includes(word)) {
        if (performance.now() - begin > 10_000) throw new Error(`No row shows ${word}`);
        await frame();
      }
      await task();
      return performance.now() - begin;
    },
  };
  return measures;
}

async function untilDrawn(work: () => void): Promise<number> {
  await frame();
  const begin = performance.now();
  work();
  await frame();
  await task();
  return performance.now() - begin;
}

const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
const task = () => new Promise((resolve) => setTimeout(resolve));
