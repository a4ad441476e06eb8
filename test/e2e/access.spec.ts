import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { Secret } from '../../src/main/engine/lib/secret.ts';
import { hashPassword } from '../../src/main/web/password.ts';
import { accessibilityFaults } from './axe.ts';
import { expect, statusLine, test } from './fixtures.ts';

test('another computer sees the window once it has logged in, and says so in the settings', async ({
  page,
  dataDir,
  startNode,
}) => {
  const port = await freePort();
  const passwordHash = await hashPassword(new Secret('correct horse battery'));
  const access = { host: '127.0.0.1', port, passwordHash };
  await writeFile(join(dataDir, 'settings.json'), JSON.stringify({ onboarded: true, access }));
  const first = await startNode({ scenario: 'none' });
  await page.goto(`http://127.0.0.1:${port}/#/settings`);
  await expect(page).toHaveURL(/\/login/);
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(statusLine(page)).toHaveText('Nothing offered yet.', { timeout: 60_000 });
  await page.goto(`http://127.0.0.1:${port}/#/settings`);
  await expect(page.getByText(`from other computers at http://127.0.0.1:${port}/`)).toBeVisible();
  await expect(page.getByText(/^Not encrypted/)).toBeVisible();
  await page.reload();
  await expect(statusLine(page)).toHaveText('Nothing offered yet.');
  const [cookie] = await page.context().cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  // Sessions end with the node: the page finds by itself where one logs in.
  await first.process.stop();
  await startNode({ scenario: 'none' });
  await expect(page.getByLabel('Password')).toBeVisible({ timeout: 60_000 });
});

test('a page without the token is refused and says what to do', async ({ page, startNode }) => {
  const { url } = await startNode({ scenario: 'none' });
  await page.goto(`${new URL(url).origin}/#token=${'A'.repeat(43)}`);
  await expect(page.getByText(/cannot reach|unreachable|not answer|token|link/i).first()).toBeVisible();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
