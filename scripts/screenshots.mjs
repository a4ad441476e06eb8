/**
 * `npm run screenshots`: every state of `src/renderer/src/dev/states.ts` in three themes, wide and narrow, into
 * `docs/screenshots`, with an index. Two runs of the same source give the same pictures. `-- home sale` takes only the
 * states whose name begins so; `-- demo` takes pictures of a running demo into `docs/images` instead, `-- first` those of
 * the first steps of a new data folder, up to three filled slots.
 */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import react from '@vitejs/plugin-react';
import { format, resolveConfig } from 'prettier';
import { build, preview } from 'vite';
import { bootstrap, fail, root, say } from './bootstrap.mjs';
import { takeDemoPictures, takeFirstPictures } from './demo-pictures.mjs';
import { ensureBrowser } from './find-browser.mjs';
import { palettePng } from './palette-png.mjs';

const THEMES = {
  light: { colorScheme: 'light', contrast: 'no-preference' },
  dark: { colorScheme: 'dark', contrast: 'no-preference' },
  contrast: { colorScheme: 'dark', contrast: 'more' },
};
const WIDTHS = { wide: 1280, narrow: 760 };
const HEIGHT = 832;
/** A page longer than this is cut off: nothing new comes there. */
const MOST_HEIGHT = 2600;

/** Nothing of the pointer, the caret or a turn of the clock is in the picture. */
const SETTLE = `new Promise((resolve) => {
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 60)));
})`;

bootstrap({ build: false });
const [first, ...rest] = process.argv.slice(2);
if (first === 'demo') await takeDemoPictures(rest[0]);
else if (first === 'first') await takeFirstPictures(rest[0]);
else await takeStates(first === undefined ? [] : [first, ...rest]);

async function takeStates(prefixes) {
  const folder = join(root, 'docs/screenshots');
  const dev = await serveDev();
  const browser = await chromium.launch({
    executablePath: ensureBrowser(say),
    args: ['--font-render-hinting=none'],
  });
  const faults = [];
  try {
    const page = await browser.newPage({
      viewport: { width: WIDTHS.wide, height: HEIGHT },
      reducedMotion: 'reduce',
      locale: 'en-GB',
      timezoneId: 'UTC',
    });
    page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
    page.on('console', (line) => line.type() === 'error' && faults.push(`${page.url()}: ${line.text()}`));
    await page.goto(`${dev.url}dev.html?state=home`);
    await page.waitForSelector('html[data-shown], html[data-fault]').catch(() => fail(faults.join('\n')));
    const states = await page.evaluate('states');
    const wanted = states.filter(
      ({ id }) => prefixes.length === 0 || prefixes.some((start) => id.startsWith(start)),
    );
    if (wanted.length === 0) fail(`No state begins with ${prefixes.join(' or ')}.`);
    mkdirSync(folder, { recursive: true });
    if (prefixes.length === 0) for (const name of readdirSync(folder)) rmSync(join(folder, name));
    const cdp = await page.context().newCDPSession(page);
    for (const state of wanted)
      faults.push(
        ...(await takeState(
          page,
          cdp,
          `${dev.url}dev.html?state=${state.id}`,
          join(folder, state.id),
          looksOf(state),
        )),
      );
    const index = join(folder, 'README.md');
    const rules = (await resolveConfig(index)) ?? {};
    writeFileSync(index, await format(indexOf(states), { ...rules, parser: 'markdown' }));
  } finally {
    await browser.close();
    await dev.close();
  }
  const files = readdirSync(folder).filter((name) => name.endsWith('.png'));
  const bytes = files.map((name) => statSync(join(folder, name)).size);
  say(`${files.length} pictures, ${(bytes.reduce((a, b) => a + b, 0) / 1e6).toFixed(1)} MB`);
  if (faults.length > 0) fail(faults.join('\n'));
}

/** A page's own faces in all themes at both widths; what is more, in each theme and at each width, but not in all pairs. */
function looksOf({ id, page, face }) {
  const all = Object.keys(THEMES);
  const isPages = id === page || id === `${page}-${face}`;
  return isPages ? { wide: all, narrow: all } : { wide: ['light', 'contrast'], narrow: ['dark'] };
}

/** The page of invented rows, built: it loads far faster than from its sources. */
async function serveDev() {
  const outDir = join(root, 'node_modules/.screenshots');
  const shared = { root: join(root, 'src/renderer'), configFile: false, logLevel: 'error' };
  await build({
    ...shared,
    plugins: [react()],
    build: {
      outDir,
      emptyOutDir: true,
      minify: false,
      rolldownOptions: { input: join(root, 'src/renderer/dev.html') },
    },
  });
  const server = await preview({ ...shared, build: { outDir }, preview: { port: 0, host: '127.0.0.1' } });
  return {
    url: server.resolvedUrls.local[0],
    close: async () => {
      await server.close();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}

/** Answers with what was wrong. The state is opened anew for each width: what it did may have scrolled or measured. */
async function takeState(page, cdp, url, file, looks) {
  for (const [name, width] of Object.entries(WIDTHS)) {
    await page.emulateMedia(THEMES.light);
    await page.setViewportSize({ width, height: HEIGHT });
    // A change of the fragment alone would not load the page.
    await page.goto('about:blank');
    await page.goto(url);
    await page.waitForSelector('html[data-shown], html[data-fault]');
    const fault = await page.evaluate('document.documentElement.dataset.fault');
    if (fault !== undefined) return [`${url}: ${fault}`];
    await fitHeight(page, width);
    for (const theme of looks[name]) {
      await page.emulateMedia(THEMES[theme]);
      await page.evaluate(SETTLE);
      await capture(cdp, `${file}-${theme}-${name}.png`);
    }
  }
  return [];
}

/** As high as the page is long, so that the picture shows all of it. */
async function fitHeight(page, width) {
  for (let round = 0; round < 3; round++) {
    const missing = await page.evaluate(
      '(main => main.scrollHeight - main.clientHeight)(document.querySelector("#main"))',
    );
    if (missing <= 0) return;
    const { height } = page.viewportSize();
    await page.setViewportSize({ width, height: Math.min(MOST_HEIGHT, height + missing) });
    await page.evaluate(SETTLE);
  }
}

async function capture(cdp, path) {
  const { data } = await cdp.send('Page.captureScreenshot', { format: 'png', optimizeForSpeed: true });
  writeFileSync(path, palettePng(Buffer.from(data, 'base64')));
}

function indexOf(states) {
  const pages = [...new Set(states.map(({ page }) => page))];
  const links = (state, width) =>
    looksOf(state)
      [width].map((theme) => `[${theme}](${state.id}-${theme}-${width}.png)`)
      .join(' · ');
  const sections = pages.map((page) =>
    [
      `## ${page[0].toUpperCase()}${page.slice(1)}`,
      '',
      '| face | what | wide | narrow |',
      '| --- | --- | --- | --- |',
      ...states
        .filter((state) => state.page === page)
        .map(
          (state) =>
            `| ${state.face} | ${state.what} | ${links(state, 'wide')} | ${links(state, 'narrow')} |`,
        ),
    ].join('\n'),
  );
  return [
    '# Every page in every state',
    '',
    'Written by `npm run screenshots` from `src/renderer/src/dev/states.ts`: invented rows, at one frozen moment. Light, dark',
    'and high contrast; 1280 and 760 wide, as high as the page is long.',
    '',
    ...sections.flatMap((section) => [section, '']),
  ].join('\n');
}
