/**
 * Draws the tray's images and the application's icon from their SVG sources in `resources`, in Chromium; the images are
 * kept in the repository. Run it after a change of a source. There is a source for each grid, so that edges meet pixels:
 * 16 (which also gives 32) and 22. macOS colours a template image itself; elsewhere there is one for light and for dark.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chromium } from '@playwright/test';
import { ensureBrowser } from './find-browser.mjs';

const resources = join(resolve(import.meta.dirname, '..'), 'resources');
/** The ink of look.md for each theme of a panel: dark ink on a light one. */
const inks = { dark: '#1b1d20', light: '#ecedee' };
const grids = { 16: 16, 22: 22, 32: 16 };

const browser = await chromium.launch({ executablePath: ensureBrowser() });
try {
  const page = await browser.newPage();
  for (const shape of ['selling', 'idle', 'attention', 'stopped']) {
    const source = (grid) => readFileSync(join(resources, 'tray', `${shape}-${grid}.svg`), 'utf8');
    for (const [size, grid] of Object.entries(grids)) {
      for (const scale of [1, 2]) {
        const ending = scale === 2 ? '@2x.png' : '.png';
        for (const [name, ink] of Object.entries(inks)) {
          const file = join(resources, 'tray', `${shape}-${name}-${size}${ending}`);
          await draw(page, source(grid), { ink, pixels: Number(size) * scale, file });
        }
        if (Number(size) === 16) {
          const file = join(resources, 'tray', `${shape}Template${ending}`);
          await draw(page, source(grid), { ink: '#000', pixels: 16 * scale, file });
        }
      }
    }
  }
  const icon = readFileSync(join(resources, 'icon.svg'), 'utf8');
  await draw(page, icon, { ink: '#000', pixels: 512, file: join(resources, 'icon.png') });
} finally {
  await browser.close();
}

async function draw(page, svg, { ink, pixels, file }) {
  await page.setViewportSize({ width: pixels, height: pixels });
  const style = `margin:0;color:${ink};width:${pixels}px;height:${pixels}px;display:block`;
  await page.setContent(
    `<body style="margin:0;background:transparent">${svg.replace('<svg ', `<svg style="${style}" `)}</body>`,
  );
  writeFileSync(file, await page.screenshot({ omitBackground: true }));
}
