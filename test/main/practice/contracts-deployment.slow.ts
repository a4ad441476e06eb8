import { describe, expect, test } from 'vitest';
import { useScenario } from '../../support/contractscenario.ts';
import { startTestChain, testConfig, type TestConfig } from '../../support/practicechain.ts';

const scenario = useScenario();

describe.each(['direct', 'vault'] as const)('The constructor of the %s family', (family) => {
  const withCollateral = (change: Partial<TestConfig['collateral']>): TestConfig => ({
    ...testConfig,
    collateral: { ...testConfig.collateral, ...change },
  });

  test.each<[string, TestConfig, string]>([
    [
      'a repair reward of 101 %',
      withCollateral({ repairRewardPercentage: 101 }),
      'Marketplace_RepairRewardPercentageTooHigh',
    ],
    [
      'a slash of 101 %',
      withCollateral({ slashPercentage: 101, maxNumberOfSlashes: 1 }),
      'Marketplace_SlashPercentageTooHigh',
    ],
    ['two slashes of 51 %', withCollateral({ slashPercentage: 51 }), 'Marketplace_MaximumSlashingTooHigh'],
    ['slashes beyond 8 bits', withCollateral({ slashPercentage: 20, maxNumberOfSlashes: 16 }), 'Panic 0x11'],
    [
      'a period of zero',
      { ...testConfig, proofs: { ...testConfig.proofs, period: 0 } },
      'Periods_InvalidSecondsPerPeriod',
    ],
  ])('refuses %s (S14)', async (_, config, error) => {
    await expect(scenario().chain.deploy(config, family)).rejects.toThrow(error);
  });

  test('accepts two slashes of 50 %, and any reward for validators (S14)', async () => {
    const config = withCollateral({ slashPercentage: 50, validatorRewardPercentage: 255 });
    const { marketplace, token } = await scenario().chain.deploy(config, family);
    expect(await marketplace.read(scenario().client, 'configuration')).toEqual([
      [10n, 2n, 50n, 255n],
      [300n, 60n, 32n, 37n, ''],
      [3n],
      2_592_000n,
    ]);
    expect(String(await marketplace.read(scenario().client, 'token')).toLowerCase()).toBe(token.address);
  });

  test('wants more than 256 blocks to look back on (R2)', async () => {
    const chain = await startTestChain({ blocks: 0 });
    try {
      await chain.mine(250);
      await expect(chain.deploy(testConfig, family)).rejects.toThrow('Proofs_InsufficientBlockHeight');
      await chain.mine(10);
      await expect(chain.deploy(testConfig, family)).resolves.toBeDefined();
    } finally {
      await chain.stop();
    }
  });
});

describe('The practice token', () => {
  test('is minted to anyone by anyone and has the decimals of the live one (R33)', async () => {
    const { token, strangers } = scenario();
    await token.send(strangers[0], 'mint', [strangers[1].address, 7n]);
    expect(await scenario().balance(strangers[1])).toBe(7n);
    expect(await token.read(strangers[0], 'decimals')).toBe(18n);
    expect(await token.read(strangers[0], 'symbol')).toBe('TST');
  });

  test('uses up an allowance, but never the greatest one', async () => {
    const { token, strangers } = scenario();
    const [owner, spender] = strangers;
    await token.send(owner, 'mint', [owner.address, 9n]);
    await token.send(owner, 'approve', [spender.address, 5n]);
    await token.send(spender, 'transferFrom', [owner.address, spender.address, 2n]);
    expect(await token.read(owner, 'allowance', [owner.address, spender.address])).toBe(3n);
    await token.send(owner, 'approve', [spender.address, 2n ** 256n - 1n]);
    await token.send(spender, 'transferFrom', [owner.address, spender.address, 2n]);
    expect(await token.read(owner, 'allowance', [owner.address, spender.address])).toBe(2n ** 256n - 1n);
    expect(await scenario().balance(spender)).toBe(4n);
  });
});

test('the marketplace of the vault family names its vault, and that one’s token', async () => {
  const { marketplace, treasury, token } = await scenario().chain.deploy(testConfig, 'vault');
  const { client } = scenario();
  expect(String(await marketplace.read(client, 'vault')).toLowerCase()).toBe(treasury.address);
  expect(String(await treasury.read(client, 'token')).toLowerCase()).toBe(token.address);
});
