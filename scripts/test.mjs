/**
 * All tests: unit, chance (the simulation), renderer, slow (true chain, built processes), end to end in a browser.
 * Installs and builds what is missing, prints the counts of all at the end. `npm test -- unit` runs one part.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap, root, run, say } from './bootstrap.mjs';
import { electronBinary } from './electron-binary.mjs';
import { ensureBrowser } from './find-browser.mjs';

const wanted = process.argv.slice(2);
const wants = (part) => wanted.length === 0 || wanted.includes(part);
const reports = join(root, 'test-results');
const counts = { passed: 0, failed: 0, skipped: 0 };
/** Of the passed: those that did so at the second try only. Each is a fault to be found; its first try is printed. */
let flaky = 0;

bootstrap();
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
// What needs no build runs together, so that both cores are busy to the end.
const quick = ['unit', 'chance', 'renderer'].filter(wants);
if (quick.length > 0) vitest('quick', quick);
if (wants('slow')) vitest('slow', ['slow']);
if (wants('e2e')) endToEnd();
if (!electronBinary())
  say('Skipped: the end-to-end test in Electron itself; its binary is not on this machine.');
const tries = flaky > 0 ? ` (${flaky} at the second try only, see above)` : '';
process.stdout.write(
  `\n${counts.passed} passed${tries}, ${counts.failed} failed, ${counts.skipped} skipped\n`,
);
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);

function vitest(name, projects) {
  const file = join(reports, `${name}.json`);
  const args = [
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ];
  const { status } = run('vitest', args, { optional: true });
  count(status, () => {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests };
  });
}

function endToEnd() {
  const file = join(reports, 'e2e.json');
  const env = { CHROME_PATH: ensureBrowser(say), PLAYWRIGHT_JSON_OUTPUT_NAME: file };
  const { status } = run('playwright', ['test', '--reporter=list,json'], { env, optional: true });
  count(status, () => {
    const { stats } = JSON.parse(readFileSync(file, 'utf8'));
    flaky = stats.flaky;
    return { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped };
  });
}

/** Adds a part's counts; a part that failed without a failed test (it did not start, an error outside a test) counts one. */
function count(status, read) {
  let part = { passed: 0, failed: 0, skipped: 0 };
  try {
    part = read();
  } catch (error) {
    say(`No report: ${error.message}`);
  }
  for (const key of Object.keys(counts)) counts[key] += part[key];
  if (status !== 0 && part.failed === 0) counts.failed += 1;
}
